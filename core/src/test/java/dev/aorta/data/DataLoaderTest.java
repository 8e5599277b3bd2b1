package dev.aorta.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.aorta.Shape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
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
    void everyPairComesOnceAnEpochInASeededOrder() {
        DataLoader loader = new DataLoader(new Counting(10), 3, true, 42);
        List<Integer> first = order(loader, 0);
        assertThat(first)
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, 10).boxed().toList());
        assertThat(order(loader, 0)).isEqualTo(first);
        assertThat(order(loader, 1)).isNotEqualTo(first);
        assertThat(order(new DataLoader(new Counting(10), 3, true, 43), 0)).isNotEqualTo(first);
        assertThat(order(new DataLoader(new Counting(10), 3, false, 42), 5))
                .containsExactlyElementsOf(IntStream.range(0, 10).boxed().toList());
        assertThat(loader.batches()).isEqualTo(4);
    }

    @Test
    void batchesHoldTheirPairsAndTheLastIsSmaller() {
        DataLoader loader = new DataLoader(new Counting(5), 2, false, 0, (in, label, epoch, index) -> in[1] = epoch);
        try (Epoch epoch = loader.epoch(7)) {
            Batch a = epoch.next();
            assertThat(a.inputShape()).isEqualTo(Shape.of(2, 2));
            assertThat(a.inputs()).containsExactly(0, 7, 1, 7);
            assertThat(a.labels()).containsExactly(0, 1);
            epoch.next();
            assertThat(epoch.next().inputShape()).isEqualTo(Shape.of(1, 2));
            assertThat(epoch.hasNext()).isFalse();
        }
    }

    @Test
    void arraysAreReusedOnceTheNextBatchIsTaken() {
        List<float[]> arrays = new ArrayList<>();
        try (Epoch epoch = new DataLoader(new Counting(100), 2, false, 0).epoch(0)) {
            while (epoch.hasNext()) {
                float[] inputs = epoch.next().inputs();
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
        try (Epoch epoch = new DataLoader(broken, 2, false, 0).epoch(0)) {
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
            try (Epoch epoch = new DataLoader(broken, 2, false, 0).epoch(0)) {
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
                () -> assertThat(order(new DataLoader(interrupting, 2, false, 0), 0))
                        .containsExactly(0, 1, 2, 3, 4, 5));
    }

    @Test
    void aBatchMayBeLargerThanTheDataSet() {
        DataLoader loader = new DataLoader(new Counting(5), Integer.MAX_VALUE, false, 0);
        assertThat(loader.batches()).isOne();
        assertThat(order(loader, 0)).containsExactly(0, 1, 2, 3, 4);
    }

    @Test
    void closingEarlyStopsTheReader() {
        Counting pairs = new Counting(1_000_000);
        try (Epoch epoch = new DataLoader(pairs, 1, false, 0).epoch(0)) {
            epoch.next();
        }
        assertThat(pairs.reads.get()).isLessThan(20);
        assertNoReaderLeft();
    }

    @Test
    void anEmptyDataSetIsRefused() {
        assertThatThrownBy(() -> new DataLoader(new Counting(0), 1, false, 0))
                .hasMessage("[data] the data set is empty: there is nothing to load");
        assertThatThrownBy(() -> new DataLoader(new Counting(1), 0, false, 0))
                .hasMessage("[data] batch size must be at least 1, got 0");
    }

    @SuppressWarnings("unchecked")
    private static <E extends Throwable> void sneakyThrow(Throwable failure) throws E {
        throw (E) failure;
    }

    private static void assertNoReaderLeft() {
        assertThat(Thread.getAllStackTraces().keySet().stream().map(Thread::getName))
                .noneMatch(name -> name.startsWith("aorta-data"));
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
