package dev.aorta.bench.peers;

import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;
import org.apache.commons.math3.stat.StatUtils;

/**
 * How calls are timed that are made in turns, so that whatever else the machine does meets all alike.
 *
 * @param warmUp seconds of each call before the first turn
 * @param rounds turns of each
 * @param repeat measured calls a turn, after one that is not
 * @param quiet has turns repeated
 */
record Turns(double warmUp, int rounds, int repeat, Quiet quiet) {
    /** Time before each turn in which the threads of the engine before, which wait in loops for more work, give up. */
    static final long PAUSE = 400_000_000;

    /** Median milliseconds of each. */
    double[] medians(Runnable... calls) {
        double[][] times = new double[calls.length][rounds * repeat];
        for (Runnable call : calls) {
            long end = System.nanoTime() + (long) (warmUp * 1e9);
            while (System.nanoTime() < end) {
                call.run();
            }
        }
        for (int r = 0; r < rounds; r++) {
            int first = r * repeat;
            quiet.round(() -> turn(times, first, calls), () -> {});
        }
        return Arrays.stream(times)
                .mapToDouble(t -> StatUtils.percentile(t, 50))
                .toArray();
    }

    private void turn(double[][] times, int first, Runnable... calls) {
        for (int c = 0; c < calls.length; c++) {
            LockSupport.parkNanos(PAUSE);
            calls[c].run();
            for (int i = 0; i < repeat; i++) {
                times[c][first + i] = Contest.milliseconds(calls[c]);
            }
        }
    }
}
