package dev.aorta.backend;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Blocks and enlargement. */
interface LayoutContract extends KernelContract {

    private static List<UpsampleShape> enlargements() {
        return IntStream.range(0, 40)
                .mapToObj(i -> {
                    Samples r = Samples.of("upsample size " + i);
                    return new UpsampleShape(
                            r.between(1, 2),
                            r.between(1, 5),
                            r.between(1, 5),
                            r.between(1, 18),
                            r.between(1, 4),
                            r.between(1, 4));
                })
                .toList();
    }

    @TestFactory
    default Stream<DynamicTest> copyBlock() {
        return KernelContract.each(IntStream.range(0, 60).boxed().toList(), i -> {
            Samples r = Samples.of("copyBlock " + i);
            int batch = r.between(1, 3);
            int h = r.between(1, 6);
            int w = r.between(1, 6);
            int unit = i % 3 == 0 ? 8 : 1;
            int c = r.between(1, 19) * unit;
            Placement to = around(r, h, w, c, unit);
            Placement from = around(r, h, w, c, unit);
            check("copyBlock", batch + " x " + h + " x " + w + " x " + c + " from " + from + " to " + to, r)
                    .update(r.normal(batch * to.h() * to.w() * to.c()))
                    .in(r.normal(batch * from.h() * from.w() * from.c()))
                    .exact()
                    .run((k, a) -> k.copyBlock(a[0], to, a[1], from, batch, h, w, c));
        });
    }

    /** A tensor that holds the block and, on some sides, more; of channels a multiple of {@code unit}. */
    private static Placement around(Samples r, int h, int w, int c, int unit) {
        int top = r.between(0, 2);
        int left = r.between(0, 2);
        int channel = r.between(0, 1) * r.between(1, 17) * unit;
        return new Placement(
                top + h + r.between(0, 2),
                left + w + r.between(0, 2),
                channel + c + r.between(0, 1) * 5 * unit,
                top,
                left,
                channel);
    }

    @TestFactory
    default Stream<DynamicTest> upsampleNearest() {
        return KernelContract.each(enlargements(), s -> {
            Samples r = Samples.of("upsampleNearest " + s);
            check("upsampleNearest", s, r)
                    .out(outputSize(s))
                    .in(r.normal(inputSize(s)))
                    .exact()
                    .run((k, a) -> k.upsampleNearest(a[0], a[1], s));
        });
    }

    @TestFactory
    default Stream<DynamicTest> upsampleNearestGrad() {
        return KernelContract.each(enlargements(), s -> {
            Samples r = Samples.of("upsampleNearestGrad " + s);
            check("upsampleNearestGrad", s, r)
                    .out(inputSize(s))
                    .in(r.normal(outputSize(s)))
                    .sums(s.factorH() * s.factorW())
                    .run((k, a) -> k.upsampleNearestGrad(a[0], a[1], s));
        });
    }

    @TestFactory
    default Stream<DynamicTest> upsampleBilinear() {
        return KernelContract.each(enlargements(), s -> {
            Samples r = Samples.of("upsampleBilinear " + s);
            check("upsampleBilinear", s, r)
                    .out(outputSize(s))
                    .in(r.normal(inputSize(s)))
                    .sums(4)
                    .run((k, a) -> k.upsampleBilinear(a[0], a[1], s));
        });
    }

    @TestFactory
    default Stream<DynamicTest> upsampleBilinearGrad() {
        return KernelContract.each(enlargements(), s -> {
            Samples r = Samples.of("upsampleBilinearGrad " + s);
            check("upsampleBilinearGrad", s, r)
                    .out(inputSize(s))
                    .in(r.normal(outputSize(s)))
                    .sums(4 * s.factorH() * s.factorW())
                    .run((k, a) -> k.upsampleBilinearGrad(a[0], a[1], s));
        });
    }

    private static int inputSize(UpsampleShape s) {
        return s.batch() * s.inH() * s.inW() * s.channels();
    }

    private static int outputSize(UpsampleShape s) {
        return s.output().size();
    }
}
