package dev.aorta.backend;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aorta.Shape;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Sums and indices. */
interface ReductionContract extends KernelContract {

    @TestFactory
    default Stream<DynamicTest> sum() {
        return KernelContract.each(PointwiseContract.SIZES, n -> {
            Samples r = Samples.of("sum " + n);
            check("sum", n, r).out(1).in(r.normal(n)).sums(n).run((k, a) -> k.sum(a[0], a[1]));
        });
    }

    @TestFactory
    default Stream<DynamicTest> sumOfSquares() {
        return KernelContract.each(PointwiseContract.SIZES, n -> {
            Samples r = Samples.of("sumOfSquares " + n);
            check("sumOfSquares", n, r).out(1).in(r.normal(n)).sums(n).run((k, a) -> k.sumOfSquares(a[0], a[1]));
        });
    }

    @TestFactory
    default Stream<DynamicTest> argmax() {
        return KernelContract.each(PointwiseContract.MATRICES, m -> {
            int rows = m.getFirst();
            int classes = m.getLast();
            Samples r = Samples.of("argmax " + m);
            float[] ties = r.whole(rows * classes, 3);
            float[] special = r.normal(rows * classes);
            for (int i = 0; i < special.length; i++) {
                special[i] = i % 19 == 7 ? Float.NaN : i % 5 == 1 ? Float.NEGATIVE_INFINITY : special[i];
            }
            for (float[] x : new float[][] {r.normal(rows * classes), ties, special}) {
                check("argmax", m, r).out(rows).in(x).exact().run((k, a) -> k.argmax(a[0], a[1], rows, classes));
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
