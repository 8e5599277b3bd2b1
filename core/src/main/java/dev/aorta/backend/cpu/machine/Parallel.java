package dev.aorta.backend.cpu.machine;

import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A fixed set of worker threads that share the tasks of one region at a time.
 *
 * <p>Each thread has a share of neighbouring tasks, the same in every region of as many, so that it finds in its own cache what it
 * wrote in the region before; when its share is done it helps with the others'. Which thread runs a task is left to chance all the
 * same, so results do not depend on the number of threads as long as tasks write to separate places and what is summed, and in which
 * order, does not follow from {@link #threads()}. A region opened while another is running, by a task or by another caller, runs on its calling
 * thread alone.
 */
public final class Parallel implements AutoCloseable {
    /** Rounds that an idle thread spins before it sleeps, 100 to 200 microseconds: a gap between kernels is shorter and waking takes 25. */
    private static final int SPINS = 5000;

    private static final int MAX_THREADS = 1024;

    /** One piece of the work of a region. */
    public interface Task {
        /** Does piece {@code task}, counted from 0; pieces run in any order and at the same time. */
        void run(int task);
    }

    private final Thread[] workers;
    private final AtomicReference<@Nullable Region> open = new AtomicReference<>();
    private volatile boolean closed;

    /**
     * Starts {@code threads - 1} daemon threads named {@code aorta-cpu-1} and so on; the caller of a region is the last one.
     *
     * @throws IllegalArgumentException when threads is below 1 or above 1024
     */
    public Parallel(int threads) {
        if (threads < 1 || threads > MAX_THREADS) {
            throw new IllegalArgumentException(
                    "threads must be from 1 to " + MAX_THREADS + ", and " + threads + " are asked for");
        }
        workers = new Thread[threads - 1];
        for (int i = 0; i < workers.length; i++) {
            int share = i + 1;
            workers[i] = new Thread(() -> serve(share), "aorta-cpu-" + share);
            workers[i].setDaemon(true);
            workers[i].start();
        }
    }

    /**
     * Property {@code aorta.threads}, or else the number of processors.
     *
     * @throws IllegalArgumentException when the property is no number of threads
     */
    public static int defaultThreads() {
        return threads(System.getProperty("aorta.threads"));
    }

    static int threads(@Nullable String wanted) {
        if (wanted == null) {
            return Runtime.getRuntime().availableProcessors();
        }
        if (!wanted.matches("[1-9]\\d{0,3}") || Integer.parseInt(wanted) > MAX_THREADS) {
            throw new IllegalArgumentException(
                    "aorta.threads must be a whole number from 1 to " + MAX_THREADS + " and is '" + wanted + "'");
        }
        return Integer.parseInt(wanted);
    }

    /** Threads that work on a region, the caller among them. */
    public int threads() {
        return workers.length + 1;
    }

    /** Runs tasks 0 to {@code tasks - 1} and returns when all are done; rethrows the first exception of a task. */
    public void run(int tasks, Task body) {
        int helpers = Math.min(workers.length, tasks - 1);
        Region region = helpers > 0 ? new Region(tasks, body, helpers + 1) : null;
        if (region == null || !open.compareAndSet(null, region)) {
            for (int task = 0; task < tasks; task++) {
                body.run(task);
            }
            return;
        }
        for (int i = 0; i < helpers; i++) {
            LockSupport.unpark(workers[i]);
        }
        region.work(0);
        open.set(null);
        region.await();
        region.rethrow();
    }

    /** Ends the workers; a later region runs on its caller alone. */
    @Override
    public void close() {
        closed = true;
        for (Thread worker : workers) {
            LockSupport.unpark(worker);
        }
    }

    private void serve(int share) {
        int idle = 0;
        while (!closed) {
            Region region = open.get();
            if (region != null && region.hasTasks()) {
                region.work(share);
                idle = 0;
            } else if (++idle < SPINS) {
                Thread.onSpinWait();
            } else {
                LockSupport.park(this);
                idle = 0;
            }
        }
    }

    private static final class Region {
        private static final AtomicIntegerFieldUpdater<Region> DONE =
                AtomicIntegerFieldUpdater.newUpdater(Region.class, "done");

        private final int tasks;
        private final Task body;
        private final int shares;
        private final Thread caller = Thread.currentThread();
        /** For each share, how many of its tasks are claimed. */
        private final AtomicIntegerArray claimed;

        private volatile int done;
        private volatile @Nullable Throwable failure;

        Region(int tasks, Task body, int shares) {
            this.tasks = tasks;
            this.body = body;
            this.shares = shares;
            claimed = new AtomicIntegerArray(shares * Chunks.APART);
        }

        /** The first task of a share. */
        private int first(int share) {
            return (int) ((long) tasks * share / shares);
        }

        boolean hasTasks() {
            for (int share = 0; share < shares; share++) {
                if (claimed.get(share * Chunks.APART) < first(share + 1) - first(share)) {
                    return true;
                }
            }
            return false;
        }

        /** Does what is left of a share, then of those behind it. */
        void work(int own) {
            for (int i = 0; i < shares; i++) {
                int share = (own + i) % shares;
                int size = first(share + 1) - first(share);
                int task;
                while ((task = claimed.getAndIncrement(share * Chunks.APART)) < size) {
                    run(first(share) + task);
                }
            }
        }

        private void run(int task) {
            try {
                if (failure == null) {
                    body.run(task);
                }
            } catch (RuntimeException | Error e) {
                fail(e);
            } finally {
                if (DONE.incrementAndGet(this) == tasks && Thread.currentThread() != caller) {
                    LockSupport.unpark(caller);
                }
            }
        }

        private synchronized void fail(Throwable e) {
            failure = failure == null ? e : failure;
        }

        void await() {
            for (int idle = 0; done < tasks; idle++) {
                if (idle < SPINS) {
                    Thread.onSpinWait();
                } else {
                    LockSupport.park(this);
                }
            }
        }

        void rethrow() {
            Throwable thrown = failure;
            if (thrown instanceof Error e) {
                throw e;
            }
            if (thrown instanceof RuntimeException e) {
                throw e;
            }
        }
    }
}
