package dev.aorta.jmhgate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.Test;

/** The gate on the noise that it comes with: few false alarms, whatever the noise, and slowdowns well above it found. */
class SimulationTest {
    private static final Rules RULES = new Rules(0.05, 0.02);
    private static final int TRIALS = 1000;
    private static final long SEED = 1;

    private static Simulation simulation(int forks, boolean confirm) throws IOException {
        return new Simulation(SimulateCommand.recorded().values().iterator().next(), forks, confirm, RULES);
    }

    @Test
    void alarmsSeldomWhenNothingIsSlower() throws IOException {
        assertThat(simulation(5, false).shuffled(0, TRIALS, SEED).share()).isLessThanOrEqualTo(0.02);
        assertThat(simulation(5, true).shuffled(0, TRIALS, SEED).share()).isLessThanOrEqualTo(0.002);
    }

    @Test
    void findsWhatIsSlower() throws IOException {
        assertThat(simulation(7, true).shuffled(0.5, TRIALS, SEED).share()).isGreaterThanOrEqualTo(0.95);
    }

    @Test
    void fewForksAreRefused() {
        assertThatThrownBy(() -> simulation(3, false)).hasMessageContaining("forks");
    }
}
