package dev.aorta.jmhgate;

import java.util.Arrays;
import java.util.Random;

/**
 * How often the gate fails on recorded noise: forks of one build are dealt to a base and a head, and the head is made slower by a
 * known factor.
 *
 * @param noise forks of one build, in the order in which they ran
 * @param forks of each side
 * @param confirm whether what may be worse is measured again, and judged by all forks
 * @param rules when a difference fails
 */
record Simulation(Measurement noise, int forks, boolean confirm, Rules rules) {

    /**
     * Trials and those of them in which the gate failed.
     *
     * @param failed how many times it failed
     * @param trials how many times it was tried
     */
    record Rate(int failed, int trials) {
        /** Share of the trials that failed. */
        double share() {
            return (double) failed / trials;
        }
    }

    /**
     * Makes a simulation.
     *
     * @throws IllegalArgumentException when the noise has too few forks, or a side has
     */
    Simulation {
        rules.requireForks("forks", forks, forks);
        int needed = 4 * forks;
        if (noise.scores().length < needed) {
            throw new IllegalArgumentException("the noise has " + noise.scores().length + " forks; to deal " + forks
                    + " a side twice it takes " + needed + " or more, and better 100");
        }
    }

    /** Deals recorded forks at random, without putting any back within a trial. */
    Rate shuffled(double slowdown, int trials, long seed) {
        Random random = new Random(seed);
        double[] logs = noise.logTimes();
        int failed = 0;
        for (int t = 0; t < trials; t++) {
            for (int i = 0; i < 4 * forks; i++) {
                int other = i + random.nextInt(logs.length - i);
                double kept = logs[i];
                logs[i] = logs[other];
                logs[other] = kept;
            }
            failed += fails(logs, 0, t % 2, slowdown) ? 1 : 0;
        }
        return new Rate(failed, trials);
    }

    /** Deals neighbours in turns, as the gate runs them: every place to begin at, and either side first. */
    Rate inOrder(double slowdown) {
        double[] logs = noise.logTimes();
        int starts = logs.length - 4 * forks + 1;
        int failed = 0;
        for (int start = 0; start < starts; start++) {
            for (int first = 0; first < 2; first++) {
                failed += fails(logs, start, first, slowdown) ? 1 : 0;
            }
        }
        return new Rate(failed, 2 * starts);
    }

    private boolean fails(double[] logs, int start, int first, double slowdown) {
        return confirm
                ? slower(logs, start, forks, first, slowdown, rules.screening())
                        && slower(logs, start, 2 * forks, first, slowdown, rules)
                : slower(logs, start, forks, first, slowdown, rules);
    }

    /** One look: forks in turns a b b a a b ..., where {@code first} says whether a is the base (0) or the head (1). */
    private static boolean slower(double[] logs, int start, int count, int first, double slowdown, Rules rules) {
        double[][] sides = new double[2][count];
        for (int round = 0; round < count; round++) {
            int a = start + 2 * round + round % 2;
            int b = start + 2 * round + 1 - round % 2;
            sides[first][round] = logs[a];
            sides[1 - first][round] = logs[b];
        }
        double shift = Math.log1p(slowdown);
        double[] head = Arrays.stream(sides[1]).map(l -> l + shift).toArray();
        return rules.slower(Shift.between(sides[0], head, rules.alpha()));
    }

    /** Half the width of the middle 68 % of the forks, relative: the deviation of a fork where noise is normal. */
    static double spread(Measurement noise) {
        double[] logs = noise.logTimes();
        Arrays.sort(logs);
        return (logs[(int) (0.84 * (logs.length - 1))] - logs[(int) (0.16 * (logs.length - 1))]) / 2;
    }
}
