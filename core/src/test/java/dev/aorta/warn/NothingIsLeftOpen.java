package dev.aorta.warn;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Runs all tests with the leak detector on: a class that leaves something open fails. JUnit finds it through META-INF/services. */
public final class NothingIsLeftOpen implements AfterAllCallback {
    static {
        System.setProperty("aorta.leaks", "true");
    }

    @Override
    public void afterAll(ExtensionContext context) {
        var open = Leaks.open();
        Leaks.forget();
        assertThat(open).as("left open by " + context.getDisplayName()).isEmpty();
    }
}
