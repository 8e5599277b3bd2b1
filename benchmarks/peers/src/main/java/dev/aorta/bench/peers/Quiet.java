package dev.aorta.bench.peers;

import dev.aorta.bench.Peak;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/**
 * Tells quiet minutes from others by what depends on the machine alone: the peak of its registers and the copy of 16 MB. A round behind
 * which either is over 5 % below the best so far is repeated.
 */
final class Quiet {
    private static final double STRAY = 0.05;
    private static final int MOST = 3; // repetitions of one round
    private static final int PROBES = 5;

    private final int threads;
    private final float[] from = new float[4 << 20];
    private final float[] to = new float[4 << 20];
    private double peak;
    private double copy;
    private int rounds;
    private int repeated;
    private int kept;

    Quiet(int threads) {
        this.threads = threads;
        Arrays.fill(from, 1);
        strays();
    }

    /** GFLOP/s, the highest so far. */
    double peak() {
        return peak;
    }

    /**
     * Measures a round, and once more while the minute is not quiet, up to three times; the last one stays.
     *
     * @param round measures
     * @param undo takes back what the round measured
     */
    void round(Runnable round, Runnable undo) {
        rounds++;
        round.run();
        for (int left = MOST; strays(); left--) {
            if (left == 0) {
                kept++;
                return;
            }
            repeated++;
            undo.run();
            round.run();
        }
    }

    private boolean strays() {
        LockSupport.parkNanos(Turns.PAUSE);
        double gigaflops = Peak.gigaflops(threads, PROBES);
        double copies = 0;
        for (int i = 0; i < PROBES; i++) {
            copies = Math.max(copies, 1 / Contest.milliseconds(() -> System.arraycopy(from, 0, to, 0, from.length)));
        }
        boolean strays = gigaflops < (1 - STRAY) * peak || copies < (1 - STRAY) * copy;
        peak = Math.max(peak, gigaflops);
        copy = Math.max(copy, copies);
        return strays;
    }

    Map<String, Object> json() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("rounds", rounds);
        json.put("repeated", repeated);
        json.put("notQuiet", kept);
        return json;
    }

    @Override
    public String toString() {
        return "quiet: of %d rounds, %d were measured again because registers or copies were over 5 %% slower behind them; %d stayed so"
                .formatted(rounds, repeated, kept);
    }
}
