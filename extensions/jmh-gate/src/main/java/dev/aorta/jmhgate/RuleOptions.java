package dev.aorta.jmhgate;

import picocli.CommandLine.Option;

/** The options of {@link Rules}. */
final class RuleOptions {
    @Option(
            names = "--threshold",
            paramLabel = "PERCENT",
            description = "slowdown let pass (default: ${DEFAULT-VALUE})")
    private double threshold = 5;

    @Option(
            names = "--alpha",
            paramLabel = "P",
            description = "the most that a failure's one-sided p may be (default: ${DEFAULT-VALUE})")
    private double alpha = 0.02;

    Rules rules() {
        return new Rules(threshold / 100, alpha);
    }
}
