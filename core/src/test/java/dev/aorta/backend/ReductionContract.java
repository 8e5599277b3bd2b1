package dev.aorta.backend;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aorta.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Sums and indices. */
interface ReductionContract extends KernelContract {

    private static List<ReduceShape> shapes() {
        List<ReduceShape> shapes = new ArrayList<>();
        PointwiseContract.SIZES.forEach(n -> shapes.add(ReduceShape.all(n)));
        for (List<Integer> m : PointwiseContract.MATRICES) {
            shapes.add(new ReduceShape(m.getFirst(), m.getLast(), 1));
            shapes.add(new ReduceShape(1, m.getFirst(), m.getLast()));
            shapes.add(new ReduceShape(3, m.getLast(), m.getFirst()));
        }
        shapes.add(new ReduceShape(500, 1, 3));
        shapes.add(new ReduceShape(40, 17, 33));
        return shapes;
    }

    @TestFactory
    default Stream<DynamicTest> reduce() {
        return KernelContract.each(shapes(), s -> {
            int n = s.outer() * s.length() * s.inner();
            for (Reduction f : Reduction.values()) {
                Samples r = Samples.of(f + " " + s);
                float[] special = r.normal(n);
                for (int i = 0; i < n; i++) {
                    special[i] = i % 19 == 7 ? Float.NaN : i % 5 == 1 ? Float.NEGATIVE_INFINITY : special[i];
                }
                for (float[] x : new float[][] {r.normal(n), r.whole(n, 3), r.normal(n, 300, 50), special}) {
                    KernelCheck check = check("reduce", f + " " + s, r).out(s.outer() * s.inner());
                    switch (f) {
                        case ARGMAX, ARGMIN, MAX, MIN -> check.signed(x).exact();
                        case LOG_SUM_EXP -> check.signed(x).ownScale(4);
                        default -> check.in(x).sums(s.length());
                    }
                    check.run((k, a) -> k.reduce(a[0], a[1], f, s));
                }
            }
        });
    }

    @TestFactory
    default Stream<DynamicTest> checkLabels() {
        return KernelContract.each(PointwiseContract.SIZES, n -> {
            Samples r = Samples.of("checkLabels " + n);
            float[] labels = r.whole(n, 3);
            labels[0] = -0f;
            checkLabels(labels);
            for (float bad : new float[] {-1f, 3f, 0.5f, 2.0001f, -1e-6f, Float.NaN, Float.POSITIVE_INFINITY, 1e20f}) {
                float[] wrong = labels.clone();
                int at = r.between(0, n - 1);
                wrong[at] = bad;
                wrong[r.between(at, n - 1)] = bad;
                assertThatThrownBy(() -> checkLabels(wrong))
                        .as("label %s at %d of %d, seed %d", bad, at, n, r.seed)
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessage(
                                "[some op] label %s at element %d of [%d] is not a class: expected a whole number from 0 to 2",
                                bad, at, n);
                checkLabels(labels); // said once, then forgotten
            }
        });
    }

    /** The check and a read, by which it must have thrown. */
    private void checkLabels(float[] labels) {
        Buffer buffer = backend().allocate(labels.length);
        backend().upload(buffer, labels);
        try {
            backend().checkLabels(buffer, new LabelCheck("some op", Shape.of(labels.length), 3));
            backend().download(new float[labels.length], buffer);
        } finally {
            backend().release(buffer);
        }
    }
}
