package dev.aorta.jmhgate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SimulationTest {
    private static final Rules RULES = new Rules(0.05, 0.02);
    private static final int FORKS = 5;
    private static final int TRIALS = 1000;
    private static final long SEED = 1;

    @Test
    void seldomAlarmsOnRecordedNoise() throws IOException {
        assertThat(SimulateCommand.recorded()).hasSize(2).allSatisfy((key, noise) -> {
            for (boolean confirm : new boolean[] {false, true}) {
                Simulation gate = new Simulation(noise, FORKS, confirm, RULES);
                assertThat(gate.shuffled(0, TRIALS, SEED).share())
                        .as("confirmed %s, seed %d", confirm, SEED)
                        .isLessThanOrEqualTo(0.02);
                assertThat(gate.inOrder(0).share())
                        .as("confirmed %s, in turns", confirm)
                        .isLessThanOrEqualTo(0.02);
            }
        });
    }

    /** The quieter recording, a fork of which deviates by 3.9 %: the default of five forks a side is enough. */
    @Test
    void findsTenPercentInRecordedNoise() throws IOException {
        Measurement noise = Objects.requireNonNull(
                SimulateCommand.recorded().get("example.WordsBenchmark.count recorded=2026-11-29T05:40Z [avgt]"));
        assertThat(Simulation.spread(noise)).isBetween(0.038, 0.041);
        assertThat(new Simulation(noise, FORKS, true, RULES)
                        .shuffled(0.1, TRIALS, SEED)
                        .share())
                .as("power, seed %d", SEED)
                .isGreaterThanOrEqualTo(0.95);
    }

    /** Judging by the forks of both looks keeps the level of one: what the first look let pass does not fail. */
    @Test
    void screeningKeepsTheLevelOfTheTest() {
        Simulation twice = new Simulation(normal(400, 0.03), FORKS, true, new Rules(0, 0.02));
        assertThat(twice.shuffled(0, 20_000, SEED).share())
                .as("at most 2 %, seed %d", SEED)
                .isLessThanOrEqualTo(0.02);
    }

    /** With no threshold a single look fails as often as the test's exact level says: 1.6 % at five forks. */
    @Test
    void alarmsAtTheLevelOfTheTest() {
        Simulation look = new Simulation(normal(400, 0.03), FORKS, false, new Rules(0, 0.02));
        assertThat(look.shuffled(0, 20_000, SEED).share())
                .as("P(U >= 23) = 4 / 252 = 0.0159, seed %d", SEED)
                .isBetween(0.0125, 0.0195);
    }

    @Test
    void findsLessInWiderNoise() {
        assertThat(new Simulation(normal(100, 0.01), FORKS, true, RULES).shuffled(0.1, TRIALS, SEED))
                .isEqualTo(new Simulation.Rate(TRIALS, TRIALS));
        assertThat(new Simulation(normal(100, 0.1), FORKS, true, RULES)
                        .shuffled(0.1, TRIALS, SEED)
                        .share())
                .isLessThan(0.5);
    }

    /** A machine that slows down steadily: neighbours in turns are alike, forks dealt at random are not. */
    @Test
    void dealsNeighboursInTurns() {
        double[] drift = new double[100];
        Arrays.setAll(drift, i -> 10 * Math.pow(1.001, i));
        Simulation gate = new Simulation(noise(drift), FORKS, true, RULES);
        assertThat(gate.inOrder(0)).isEqualTo(new Simulation.Rate(0, 2 * 81));
        assertThat(gate.inOrder(0.1)).isEqualTo(new Simulation.Rate(2 * 81, 2 * 81));
    }

    @Test
    void refusesTooFewForks() {
        assertThatThrownBy(() -> new Simulation(normal(19, 0.01), FORKS, true, RULES))
                .hasMessageContaining("the noise has 19 forks", "20 or more");
        assertThatThrownBy(() -> new Simulation(normal(100, 0.01), 3, true, RULES))
                .hasMessageContaining("measure 4 forks");
    }

    private static Measurement normal(int forks, double deviation) {
        Random random = new Random(7);
        double[] scores = new double[forks];
        Arrays.setAll(scores, i -> 10 * Math.exp(deviation * random.nextGaussian()));
        return noise(scores);
    }

    private static Measurement noise(double[] scores) {
        return new Measurement("ms/op", false, scores, new double[0], "VM");
    }
}
