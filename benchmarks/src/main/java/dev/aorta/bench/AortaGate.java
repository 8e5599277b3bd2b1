package dev.aorta.bench;

import dev.aorta.jmhgate.GateCommand;
import picocli.CommandLine.Command;

/** The command {@code bench gate}: {@code jmh-gate}, which knows how this repository's benchmarks are built. */
@Command(name = "gate")
public final class AortaGate extends GateCommand {
    /** The command with this repository's defaults. */
    public AortaGate() {
        super("mvn -q -B -ntp -pl benchmarks -am package -DskipTests -Dquick", "benchmarks/target/benchmarks.jar");
    }
}
