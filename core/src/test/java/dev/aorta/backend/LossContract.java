package dev.aorta.backend;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Softmax and the losses on it, with moderate and with extreme logits. */
interface LossContract extends KernelContract {
    /** Rows and classes. */
    List<List<Integer>> SIZES = List.of(
            List.of(1, 2),
            List.of(5, 2),
            List.of(16, 2),
            List.of(17, 2),
            List.of(7, 3),
            List.of(33, 3),
            List.of(10, 4),
            List.of(9, 5),
            List.of(3, 8),
            List.of(4, 17),
            List.of(4097, 2),
            List.of(1000, 3),
            List.of(3, 1));

    private static float[][] logits(Samples r, int size) {
        return new float[][] {r.normal(size, 0, 3), r.normal(size, 0, 100), r.normal(size, 5000, 2)};
    }

    @TestFactory
    default Stream<DynamicTest> softmax() {
        return KernelContract.each(SIZES, size -> {
            int rows = size.getFirst();
            int classes = size.getLast();
            Samples r = Samples.of("softmax " + size);
            for (float[] x : logits(r, rows * classes)) {
                check("softmax", size, r)
                        .out(rows * classes, 1)
                        .in(x)
                        .sums(classes)
                        .run((k, a) -> k.softmax(a[0], a[1], new RowShape(rows, classes)));
            }
        });
    }

    @TestFactory
    default Stream<DynamicTest> softmaxGrad() {
        return KernelContract.each(SIZES, size -> {
            int rows = size.getFirst();
            int classes = size.getLast();
            Samples r = Samples.of("softmaxGrad " + size);
            check("softmaxGrad", size, r)
                    .out(rows * classes, 4)
                    .in(r.normal(rows * classes))
                    .in(r.uniform(rows * classes, 0, 2.0 / classes))
                    .sums(classes)
                    .run((k, a) -> k.softmaxGrad(a[0], a[1], a[2], new RowShape(rows, classes)));
        });
    }

    @TestFactory
    default Stream<DynamicTest> focalLoss() {
        return KernelContract.each(SIZES, size -> {
            int rows = size.getFirst();
            int classes = size.getLast();
            Samples r = Samples.of("focalLoss " + size);
            float[] labels = r.whole(rows, classes);
            for (float focus : new float[] {0f, 0.5f, 1f, 2f, 3.5f}) {
                for (float[] x : logits(r, rows * classes)) {
                    for (float[] weights : new float[][] {null, r.uniform(classes, 0.2, 3)}) {
                        String what = size + ", focus " + focus + (weights == null ? "" : ", weighted");
                        check("focalLoss", what, r)
                                .out(1, 10)
                                .out(rows * classes, 10)
                                .in(x)
                                .in(labels)
                                .optional(weights)
                                .sums(rows + classes)
                                .run((k, a) ->
                                        k.focalLoss(a[0], a[1], a[2], a[3], a[4], focus, new RowShape(rows, classes)));
                        check("focalLoss", what + ", without gradient", r)
                                .out(1, 10)
                                .in(x)
                                .in(labels)
                                .optional(weights)
                                .sums(rows + classes)
                                .run((k, a) ->
                                        k.focalLoss(a[0], null, a[1], a[2], a[3], focus, new RowShape(rows, classes)));
                    }
                }
            }
        });
    }

    @TestFactory
    default Stream<DynamicTest> diceLoss() {
        List<List<Integer>> sizes = List.of(
                List.of(1, 1, 2),
                List.of(2, 7, 2),
                List.of(3, 16, 3),
                List.of(1, 33, 4),
                List.of(2, 1000, 2),
                List.of(4, 9, 17));
        return KernelContract.each(sizes, size -> {
            int batch = size.get(0);
            int pixels = size.get(1);
            int classes = size.get(2);
            Samples r = Samples.of("diceLoss " + size);
            float[] labels = r.whole(batch * pixels, classes);
            float[] background = new float[batch * pixels];
            for (float[] x : logits(r, batch * pixels * classes)) {
                for (float[] truth : new float[][] {labels, background}) {
                    check("diceLoss", size, r)
                            .out(1, 1)
                            .out(batch * pixels * classes, 1)
                            .in(x)
                            .in(truth)
                            .sums(pixels + classes)
                            .run((k, a) -> k.diceLoss(
                                    a[0], a[1], a[2], a[3], 1f, batch, new RowShape(batch * pixels, classes)));
                    check("diceLoss", size + ", without gradient", r)
                            .out(1, 1)
                            .in(x)
                            .in(truth)
                            .sums(pixels + classes)
                            .run((k, a) -> k.diceLoss(
                                    a[0], null, a[1], a[2], 1f, batch, new RowShape(batch * pixels, classes)));
                }
            }
        });
    }
}
