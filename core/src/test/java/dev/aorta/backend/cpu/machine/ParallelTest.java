package dev.aorta.backend.cpu.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ParallelTest {
    @Test
    void runsEachTaskOnce() {
        try (Parallel parallel = new Parallel(3)) {
            for (int tasks : new int[] {0, 1, 2, 3, 100, 1000}) {
                AtomicIntegerArray runs = new AtomicIntegerArray(tasks);
                parallel.run(tasks, runs::incrementAndGet);
                for (int i = 0; i < tasks; i++) {
                    assertThat(runs.get(i)).as("task %d of %d", i, tasks).isEqualTo(1);
                }
            }
        }
    }

    @Test
    void aNumberOfThreadsThatIsNoneIsRefused() {
        assertThat(Parallel.threads(null)).isEqualTo(Runtime.getRuntime().availableProcessors());
        assertThat(Parallel.threads("12")).isEqualTo(12);
        for (String wanted : new String[] {"abc", "0", "-1", "", "2.5", " 2", "1025", "99999999999"}) {
            assertThatThrownBy(() -> Parallel.threads(wanted))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("aorta.threads must be a whole number from 1 to 1024 and is '" + wanted + "'");
        }
    }

    @Test
    void runsTasksOnTheCallerAndOnNamedDaemons() {
        try (Parallel parallel = new Parallel(3)) {
            Set<String> names = ConcurrentHashMap.newKeySet();
            CountDownLatch all = new CountDownLatch(3);
            parallel.run(3, task -> {
                names.add(Thread.currentThread().getName());
                all.countDown();
                await(all);
            });
            assertThat(names).containsExactlyInAnyOrder(Thread.currentThread().getName(), "aorta-cpu-1", "aorta-cpu-2");
        }
    }

    /** So it finds in its own cache what it wrote in the region before. */
    @Test
    void aThreadBeginsWithItsOwnShare() {
        try (Parallel parallel = new Parallel(2)) {
            for (int round = 0; round < 100; round++) {
                String[] names = new String[4];
                CountDownLatch both = new CountDownLatch(2);
                parallel.run(4, task -> {
                    names[task] = Thread.currentThread().getName();
                    both.countDown();
                    await(both);
                });
                assertThat(names[0]).isEqualTo(Thread.currentThread().getName());
                assertThat(names[2]).isEqualTo("aorta-cpu-1");
            }
        }
    }

    @Test
    void wakesWorkersThatSleep() throws InterruptedException {
        try (Parallel parallel = new Parallel(2)) {
            for (int round = 0; round < 3; round++) {
                Thread.sleep(20);
                CountDownLatch both = new CountDownLatch(2);
                parallel.run(2, task -> {
                    both.countDown();
                    await(both);
                });
            }
        }
    }

    @Test
    void rethrowsWhatATaskThrowsAndStaysUsable() {
        try (Parallel parallel = new Parallel(2)) {
            assertThatThrownBy(() -> parallel.run(10, task -> {
                        if (task == 7) {
                            throw new IllegalStateException("task " + task);
                        }
                    }))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("task 7");
            assertThatThrownBy(() -> parallel.run(10, task -> {
                        throw new StackOverflowError();
                    }))
                    .isInstanceOf(StackOverflowError.class);
            AtomicIntegerArray runs = new AtomicIntegerArray(10);
            parallel.run(10, runs::incrementAndGet);
            assertThat(runs.toString()).isEqualTo("[1, 1, 1, 1, 1, 1, 1, 1, 1, 1]");
        }
    }

    @Test
    void nestedRegionRunsInline() {
        try (Parallel parallel = new Parallel(2)) {
            AtomicIntegerArray runs = new AtomicIntegerArray(12);
            parallel.run(3, i -> {
                Thread outer = Thread.currentThread();
                parallel.run(4, j -> {
                    assertThat(Thread.currentThread()).isSameAs(outer);
                    runs.incrementAndGet(i * 4 + j);
                });
            });
            assertThat(runs.toString()).isEqualTo("[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]");
        }
    }

    @Test
    void servesManyCallersAtOnce() throws InterruptedException {
        try (Parallel parallel = new Parallel(2)) {
            AtomicIntegerArray sums = new AtomicIntegerArray(4);
            Thread[] callers = new Thread[4];
            for (int c = 0; c < callers.length; c++) {
                int caller = c;
                callers[c] = new Thread(() -> {
                    for (int round = 0; round < 500; round++) {
                        parallel.run(5, task -> sums.addAndGet(caller, task));
                    }
                });
                callers[c].start();
            }
            for (Thread caller : callers) {
                caller.join();
            }
            assertThat(sums.toString()).isEqualTo("[5000, 5000, 5000, 5000]");
        }
    }

    @Test
    void worksAloneAfterClose() {
        Parallel parallel = new Parallel(2);
        parallel.close();
        AtomicIntegerArray runs = new AtomicIntegerArray(3);
        parallel.run(3, runs::incrementAndGet);
        assertThat(runs.toString()).isEqualTo("[1, 1, 1]");
    }

    @Test
    void refusesNoThreads() {
        assertThatThrownBy(() -> new Parallel(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("threads must be from 1 to 1024, and 0 are asked for");
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
