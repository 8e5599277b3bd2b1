package dev.aorta.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.aorta.Conv2dOptions;
import dev.aorta.Shape;
import dev.aorta.backend.AdamStep;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.ConvShape;
import dev.aorta.backend.Masked;
import dev.aorta.backend.SgdStep;
import dev.aorta.backend.Strided;
import dev.aorta.backend.cpu.machine.BufferPool;
import dev.aorta.backend.cpu.machine.Simd;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Weights stay packed between inferences, and only then. */
class PackedWeightTest {
    private static final long BUDGET = 1 << 20;
    private static final ConvShape CONV =
            ConvShape.of("", Shape.of(1, 8, 8, 32), Shape.of(32, 3, 3, 32), Conv2dOptions.SAME);

    private final PackedWeight.Budget budget = new PackedWeight.Budget(BUDGET);
    private final CpuBackend cpu = new CpuBackend(2, null, new BufferPool(), budget);
    private final Buffer x = uploaded(cpu, random(CONV.input().size(), 1));
    private final Buffer w = uploaded(cpu, random(CONV.weight().size(), 2));

    @BeforeAll
    static void vectors() {
        assumeTrue(Simd.BITS > 0, "no vectors");
    }

    private static float[] random(int size, long seed) {
        Random r = new Random(seed);
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = r.nextFloat() - 0.5f;
        }
        return values;
    }

    private static Buffer uploaded(CpuBackend cpu, float[] values) {
        Buffer b = cpu.allocate(values.length);
        cpu.upload(b, values);
        return b;
    }

    private static float[] values(CpuBackend cpu, Buffer b) {
        float[] values = new float[b.size()];
        cpu.download(values, b);
        return values;
    }

    private static float[] convolved(CpuBackend cpu, Buffer x, Buffer w) {
        Buffer y = cpu.allocate(CONV.output().size());
        cpu.conv2d(y, x, w, null, false, CONV);
        float[] values = values(cpu, y);
        cpu.release(y);
        return values;
    }

    /** What a backend that has never seen the weight makes of it. */
    private float[] expected() {
        try (CpuBackend fresh = new CpuBackend(1)) {
            return convolved(fresh, uploaded(fresh, values(cpu, x)), uploaded(fresh, values(cpu, w)));
        }
    }

    private void keep() {
        for (int i = 0; i < 3; i++) {
            assertThat(convolved(cpu, x, w)).isEqualTo(expected());
        }
        assertThat(budget.left()).isLessThan(BUDGET);
    }

    private void requireForgotten(String write) {
        assertThat(budget.left()).as("floats left after %s", write).isEqualTo(BUDGET);
        assertThat(convolved(cpu, x, w)).as("after %s", write).isEqualTo(expected());
    }

    @Test
    void everyWriteForgets() {
        Buffer[] one = {w};
        Buffer other = uploaded(cpu, random(w.size(), 3));
        Buffer m = uploaded(cpu, new float[w.size()]);
        Buffer v = uploaded(cpu, new float[w.size()]);
        keep();
        cpu.upload(w, random(w.size(), 4));
        requireForgotten("upload");
        keep();
        cpu.axpby(w, 0.5f, other, 0.5f);
        requireForgotten("axpby");
        keep();
        cpu.adam(
                one,
                new Buffer[] {m},
                new Buffer[] {v},
                new Buffer[] {other},
                new AdamStep(0.1f, 0.9f, 0.999f, 1e-8f, 0, 1));
        requireForgotten("adam");
        keep();
        cpu.sgd(w, null, other, new SgdStep(0.1f, 0, false, 0));
        requireForgotten("sgd");
        keep();
        cpu.copy(w, other, Strided.of(new int[] {w.size()}, 0, new int[] {1}, 0, new int[] {1}));
        requireForgotten("copy");
    }

    @Test
    void secondUseKeeps() {
        convolved(cpu, x, w);
        assertThat(budget.left()).isEqualTo(BUDGET);
        convolved(cpu, x, w);
        assertThat(budget.left()).isLessThan(BUDGET);
    }

    @Test
    void releaseForgets() {
        keep();
        cpu.release(w);
        assertThat(budget.left()).isEqualTo(BUDGET);
    }

    /** Weights of a model that nobody closed; their share was lost for the life of the backend. */
    @Test
    void whatNobodyReachesGivesItsShareBack() {
        keepOneMore();
        for (int i = 0; i < 200 && budget.left() < BUDGET; i++) {
            System.gc();
        }
        assertThat(budget.left()).isEqualTo(BUDGET);
    }

    private void keepOneMore() {
        Buffer forgotten = uploaded(cpu, random(w.size(), 5));
        for (int i = 0; i < 2; i++) {
            convolved(cpu, x, forgotten);
        }
        assertThat(budget.left()).isLessThan(BUDGET);
    }

    @Test
    void budgetBounds() {
        CpuBackend poor = new CpuBackend(2, null, new BufferPool(), new PackedWeight.Budget(1000));
        Buffer image = uploaded(poor, values(cpu, x));
        Buffer weight = uploaded(poor, values(cpu, w));
        for (int i = 0; i < 3; i++) {
            assertThat(convolved(poor, image, weight)).isEqualTo(expected());
        }
    }

    @Test
    void trainingKeepsNothing() {
        Buffer dx = cpu.allocate(x.size());
        Buffer dw = cpu.allocate(w.size());
        Buffer y = cpu.allocate(CONV.output().size());
        for (int step = 0; step < 3; step++) {
            cpu.conv2d(y, x, w, null, false, CONV);
            cpu.conv2dGrad(dx, dw, null, new Masked(y, null), x, w, CONV);
            assertThat(budget.left()).isEqualTo(BUDGET);
            cpu.sgd(w, null, dw, new SgdStep(1e-3f, 0, false, 0));
        }
    }

    /** Whoever infers while the weight is written may see any of it, but nobody sees it afterwards. */
    @Test
    void writesAmongInferences() throws Exception {
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            for (int round = 0; round < 20; round++) {
                List<Callable<Object>> all = IntStream.range(0, 4)
                        .mapToObj(t -> Executors.callable(() -> {
                            for (int i = 0; i < 5; i++) {
                                if (t == 0) {
                                    cpu.upload(w, random(w.size(), i));
                                } else {
                                    convolved(cpu, x, w);
                                }
                            }
                        }))
                        .toList();
                for (Future<Object> done : threads.invokeAll(all)) {
                    done.get();
                }
                assertThat(convolved(cpu, x, w)).as("round %s", round).isEqualTo(expected());
            }
        }
        cpu.upload(w, random(w.size(), 9));
        assertThat(budget.left()).isEqualTo(BUDGET);
    }
}
