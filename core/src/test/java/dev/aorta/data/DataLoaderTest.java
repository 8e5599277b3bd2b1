package dev.aorta.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.aorta.Shape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DataLoaderTest {
    /** Pair i is the input (i, i) and the label i. */
    private static class Counting implements Dataset {
        final AtomicInteger reads = new AtomicInteger();
        private final int size;

        Counting(int size) {
            this.size = size;
        }

        @Override
        public int size() {
            return size;
        }

        @Override
        public Shape inputShape() {
            return Shape.of(2);
        }

        @Override
        public Shape labelShape() {
            return Shape.of(1);
        }

        @Override
        public void read(int index, float[] input, float[] label) throws IOException {
            reads.incrementAndGet();
            input[0] = index;
            input[1] = index;
            label[0] = index;
        }
    }

    @Test
    void ofEachBatchSomeRowsAreReadAndTheOthersAreZeros() {
        Counting data = new Counting(10);
        DataLoader loader = new DataLoader(data, 4).rows(size -> size / 4, size -> size / 2);
        try (Epoch epoch = loader.epoch(0)) {
            Batch first = epoch.next();
            assertThat(first.indices()).containsExactly(0, 1, 2, 3);
            assertThat(first.input().array()).containsExactly(0, 0, 1, 1, 0, 0, 0, 0);
            assertThat(first.labels().array()).containsExactly(0, 1, 0, 0);
            assertThat(epoch.next().labels().array()).containsExactly(0, 5, 0, 0);
            assertThat(epoch.next().labels().array()).containsExactly(8, 0);
        }
        assertThat(data.reads).hasValue(3);
    }

    @Test
    void everyPairComesOnceAnEpochInASeededOrder() {
        DataLoader loader = new DataLoader(new Counting(10), 3).shuffled(42);
        List<Integer> first = order(loader, 0);
        assertThat(first)
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, 10).boxed().toList());
        assertThat(order(loader, 0)).isEqualTo(first);
        assertThat(order(loader, 1)).isNotEqualTo(first);
        assertThat(order(new DataLoader(new Counting(10), 3).shuffled(43), 0)).isNotEqualTo(first);
        assertThat(order(new DataLoader(new Counting(10), 3), 5))
                .containsExactlyElementsOf(IntStream.range(0, 10).boxed().toList());
        assertThat(loader.batches()).isEqualTo(4);
    }

    @Test
    void batchesHoldTheirPairsAndTheLastIsSmaller() {
        DataLoader loader = new DataLoader(new Counting(5), 2).transform((in, label, epoch, index) -> in[1] = epoch);
        try (Epoch epoch = loader.epoch(7)) {
            Batch a = epoch.next();
            assertThat(a.input().shape()).isEqualTo(Shape.of(2, 2));
            assertThat(a.input().array()).containsExactly(0, 7, 1, 7);
            assertThat(a.labels().array()).containsExactly(0, 1);
            epoch.next();
            assertThat(epoch.next().input().shape()).isEqualTo(Shape.of(1, 2));
            assertThat(epoch.hasNext()).isFalse();
        }
    }

    @Test
    void anEpochMayBeginAtAnyBatch() {
        DataLoader loader = new DataLoader(new Counting(10), 3).shuffled(42).threads(2);
        List<Integer> whole = order(loader, 1);
        for (int first = 0; first <= loader.batches(); first++) {
            List<Integer> rest = new ArrayList<>();
            try (Epoch epoch = loader.epoch(1, first)) {
                epoch.forEachRemaining(batch -> IntStream.of(batch.indices()).forEach(rest::add));
            }
            assertThat(rest).isEqualTo(whole.subList(Math.min(3 * first, 10), 10));
        }
        assertThatThrownBy(() -> loader.epoch(1, 5)).hasMessage("[data] there is no batch 5 in an epoch of 4 batches");
    }

    @Test
    void arraysAreReusedOnceTheNextBatchIsTaken() {
        List<float[]> arrays = new ArrayList<>();
        try (Epoch epoch = new DataLoader(new Counting(100), 2).epoch(0)) {
            while (epoch.hasNext()) {
                float[] inputs = epoch.next().input().array();
                if (arrays.stream().noneMatch(a -> a == inputs)) {
                    arrays.add(inputs);
                }
            }
        }
        assertThat(arrays.size()).isLessThanOrEqualTo(8);
    }

    @Test
    void aReadErrorArrivesWhereTheBatchWouldHave() {
        Dataset broken = new Counting(6) {
            @Override
            public void read(int index, float[] input, float[] label) throws IOException {
                if (index == 4) {
                    throw new IOException("x.tfrecords: record 4 is corrupt");
                }
                super.read(index, input, label);
            }
        };
        try (Epoch epoch = new DataLoader(broken, 2).epoch(0)) {
            epoch.next();
            epoch.next();
            assertThatThrownBy(epoch::next)
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessage("x.tfrecords: record 4 is corrupt");
            assertThat(epoch.hasNext()).isFalse();
        }
        assertNoReaderLeft();
    }

    /** A failure that the reading thread did not expect, such as a checked exception from Kotlin, left the caller waiting. */
    @Test
    void anyFailureOfTheReaderArrives() {
        Dataset broken = new Counting(6) {
            @Override
            public void read(int index, float[] input, float[] label) {
                DataLoaderTest.<RuntimeException>sneakyThrow(new Exception("checked"));
            }
        };
        assertTimeoutPreemptively(Duration.ofSeconds(10), () -> {
            try (Epoch epoch = new DataLoader(broken, 2).epoch(0)) {
                assertThatThrownBy(epoch::next).hasRootCauseMessage("checked");
            }
        });
    }

    @Test
    void aDataSetThatInterruptsItsThreadLosesNoBatch() {
        Dataset interrupting = new Counting(6) {
            @Override
            public void read(int index, float[] input, float[] label) throws IOException {
                super.read(index, input, label);
                Thread.currentThread().interrupt();
            }
        };
        assertTimeoutPreemptively(
                Duration.ofSeconds(10),
                () -> assertThat(order(new DataLoader(interrupting, 2), 0)).containsExactly(0, 1, 2, 3, 4, 5));
    }

    @Test
    void aBatchMayBeLargerThanTheDataSet() {
        DataLoader loader = new DataLoader(new Counting(5), Integer.MAX_VALUE);
        assertThat(loader.batches()).isOne();
        assertThat(order(loader, 0)).containsExactly(0, 1, 2, 3, 4);
    }

    @Test
    void closingEarlyStopsTheReader() {
        Counting pairs = new Counting(1_000_000);
        try (Epoch epoch = new DataLoader(pairs, 1).epoch(0)) {
            epoch.next();
        }
        assertThat(pairs.reads.get()).isLessThan(20);
        assertNoReaderLeft();
    }

    /** The first batches take longest, so that later ones are read before them. */
    @Test
    void contentsAndOrderDoNotDependOnTheNumberOfThreads() {
        Dataset uneven = new Counting(50) {
            @Override
            public void read(int index, float[] input, float[] label) throws IOException {
                if (index % 7 == 0) {
                    LockSupport.parkNanos(2_000_000);
                }
                super.read(index, input, label);
            }
        };
        DataLoader one = new DataLoader(uneven, 4)
                .shuffled(42)
                .transform((in, label, epoch, index) -> in[1] = 100 * epoch + index);
        for (int threads : new int[] {1, 2, 5, 40}) {
            assertThat(contents(one.threads(threads), 3))
                    .as("%d threads", threads)
                    .isEqualTo(contents(one, 3));
            assertNoReaderLeft();
        }
    }

    @Test
    void severalThreadsReadAtOnce() {
        CountDownLatch bothRead = new CountDownLatch(2);
        Dataset waiting = new Counting(2) {
            @Override
            public void read(int index, float[] input, float[] label) {
                bothRead.countDown();
                try {
                    bothRead.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
        };
        assertTimeoutPreemptively(
                Duration.ofSeconds(10),
                () -> assertThat(order(new DataLoader(waiting, 1).threads(2), 0))
                        .containsExactly(0, 1));
    }

    @Test
    void ofSeveralFailuresTheFirstInOrderArrives() {
        Dataset broken = new Counting(40) {
            @Override
            public void read(int index, float[] input, float[] label) throws IOException {
                if (index == 9) {
                    LockSupport.parkNanos(20_000_000);
                }
                if (index >= 9) {
                    throw new IOException("record " + index + " is corrupt");
                }
            }
        };
        try (Epoch epoch = new DataLoader(broken, 3).threads(4).epoch(0)) {
            for (int b = 0; b < 3; b++) {
                epoch.next();
            }
            assertThatThrownBy(epoch::next).hasMessage("record 9 is corrupt");
            assertThat(epoch.hasNext()).isFalse();
        }
        assertNoReaderLeft();
    }

    @Test
    void aLastBatchThatIsNotFullCanBeLeftOut() {
        DataLoader loader = new DataLoader(new Counting(8), 3).dropLast();
        assertThat(loader.batches()).isEqualTo(2);
        assertThat(loader.size()).isEqualTo(6);
        assertThat(order(loader, 0)).containsExactly(0, 1, 2, 3, 4, 5);
        assertThat(order(new DataLoader(new Counting(6), 3).dropLast(), 0)).hasSize(6);
        assertThatThrownBy(() -> new DataLoader(new Counting(2), 3).dropLast())
                .hasMessage(
                        "[data] without the last, smaller batch nothing is left: 2 samples do not fill a batch of 3");
    }

    @Test
    void samplesMayHaveSeveralInputs() {
        MultiInputDataset two = new MultiInputDataset() {
            @Override
            public int size() {
                return 3;
            }

            @Override
            public List<Shape> inputShapes() {
                return List.of(Shape.of(2), Shape.of(1, 1));
            }

            @Override
            public Shape labelShape() {
                return Shape.of(1);
            }

            @Override
            public void read(int index, float[][] inputs, float[] label) {
                inputs[0][0] = index;
                inputs[0][1] = -index;
                inputs[1][0] = 10 * index;
                label[0] = index;
            }
        };
        DataLoader loader = new DataLoader(two, 2).transformInputs((in, label, epoch, index) -> in[1][0] += epoch);
        try (Epoch epoch = loader.epoch(4)) {
            Batch first = epoch.next();
            assertThat(first.inputs()).hasSize(2);
            assertThat(first.inputs().get(0).array()).containsExactly(0, 0, 1, -1);
            assertThat(first.inputs().get(1).array()).containsExactly(4, 14);
            assertThat(first.inputs().get(1).shape()).isEqualTo(Shape.of(2, 1, 1));
            Batch second = first.rows(1, 2);
            assertThat(second.inputs().get(1).array()).containsExactly(14);
            assertThat(second.inputs().get(0).shape()).isEqualTo(Shape.of(1, 2));
            assertThat(second.labels().array()).containsExactly(1);
            assertThat(second.indices()).containsExactly(1);
            assertThat(epoch.next().inputs().get(1).array()).containsExactly(24);
        }
    }

    @Test
    void aSamplerThatBreaksItsWordIsRefused() {
        DataLoader loader = new DataLoader(new Counting(3), 1);
        assertThatThrownBy(() ->
                        loader.sampler((size, epoch) -> new int[] {0, 1, 3}).epoch(0))
                .hasMessage("[data] the sampler gave index 3 of a data set of 3");
        assertThatThrownBy(() -> loader.sampler((size, epoch) -> new int[2]).epoch(0))
                .hasMessage("[data] the sampler gave 2 indices, not 3");
    }

    @Test
    void anEmptyDataSetIsRefused() {
        assertThatThrownBy(() -> new DataLoader(new Counting(0), 1))
                .hasMessage("[data] the data set is empty: there is nothing to load");
        assertThatThrownBy(() -> new DataLoader(new Counting(1), 0))
                .hasMessage("[data] batch size must be at least 1, got 0");
        assertThatThrownBy(() -> new DataLoader(new Counting(1), 1).threads(0))
                .hasMessage("[data] reading threads must be at least 1, got 0");
    }

    @SuppressWarnings("unchecked")
    private static <E extends Throwable> void sneakyThrow(Throwable failure) throws E {
        throw (E) failure;
    }

    private static void assertNoReaderLeft() {
        assertThat(Thread.getAllStackTraces().keySet().stream().map(Thread::getName))
                .noneMatch(name -> name.startsWith("aorta-data"));
    }

    private static List<String> contents(DataLoader loader, long number) {
        List<String> batches = new ArrayList<>();
        try (Epoch epoch = loader.epoch(number)) {
            while (epoch.hasNext()) {
                Batch b = epoch.next();
                batches.add(b
                        + Arrays.toString(b.input().array())
                        + Arrays.toString(b.labels().array()));
            }
        }
        return batches;
    }

    private static List<Integer> order(DataLoader loader, long number) {
        List<Integer> order = new ArrayList<>();
        try (Epoch epoch = loader.epoch(number)) {
            while (epoch.hasNext()) {
                for (int i : epoch.next().indices()) {
                    order.add(i);
                }
            }
        }
        return order;
    }
}
