package dev.aorta.cuda;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.util.List;
import java.util.Locale;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

/** What came of a contract that was run outside the build. */
record ContractRun(String name, long passed, long failed, List<String> failures) {
    private static final int SHOWN_FAILURES = 20;

    static ContractRun of(Class<?> tests) {
        var listener = new SummaryGeneratingListener();
        var request = LauncherDiscoveryRequestBuilder.request()
                .selectors(selectClass(tests))
                .build();
        LauncherFactory.create().execute(request, listener);
        var summary = listener.getSummary();
        return new ContractRun(
                tests.getSimpleName(),
                summary.getTestsSucceededCount(),
                summary.getTotalFailureCount(),
                summary.getFailures().stream()
                        .limit(SHOWN_FAILURES)
                        .map(f -> f.getTestIdentifier().getDisplayName() + ": "
                                + f.getException().getMessage())
                        .toList());
    }

    @Override
    public String toString() {
        return String.format(Locale.ROOT, "contract, %s: %d passed, %d failed", name, passed, failed);
    }
}
