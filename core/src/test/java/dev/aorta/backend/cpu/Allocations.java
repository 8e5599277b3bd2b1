package dev.aorta.backend.cpu;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/** What a step on one thread leaves for the garbage collector when it is warm. */
public final class Allocations {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    /** Time that the compiler gets: an idle machine needs a fraction of a second, a busy one needed half a minute. */
    private static final long NANOS_TO_COMPILE = 120_000_000_000L;

    private Allocations() {}

    /** Steps until one stays below the limit: vectors are objects until the compiler has reached all kernels. */
    public static long leastOf(long limit, Runnable step) {
        long least = Long.MAX_VALUE;
        long start = System.nanoTime();
        while (least >= limit && System.nanoTime() - start < NANOS_TO_COMPILE) {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            step.run();
            least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
        }
        return least;
    }
}
