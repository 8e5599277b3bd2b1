package dev.aorta.backend;

import dev.aorta.Padding;
import dev.aorta.Pool2dOptions;
import dev.aorta.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Pooling, with ties, NaN and infinities among the pixels. */
interface PoolingContract extends KernelContract {

    private static List<PoolShape> geometries() {
        List<PoolShape> shapes = new ArrayList<>();
        for (int channels : new int[] {1, 2, 3, 7, 8, 9, 16, 17, 33, 64}) {
            shapes.add(PoolShape.of("pool", Shape.of(2, 6, 8, channels), Pool2dOptions.of(2)));
            shapes.add(PoolShape.of("pool", Shape.of(1, 7, 5, channels), Pool2dOptions.of(2)));
            shapes.add(PoolShape.of(
                    "pool", Shape.of(1, 7, 5, channels), Pool2dOptions.of(2).withPadding(Padding.SAME)));
        }
        for (int kernel : new int[] {1, 2, 3, 5}) {
            for (int stride = 1; stride <= 3; stride++) {
                Pool2dOptions o = Pool2dOptions.of(kernel).withStride(stride);
                shapes.add(PoolShape.of("pool", Shape.of(2, 7, 10, 3), o));
                shapes.add(PoolShape.of("pool", Shape.of(1, 10, 7, 8), o.withPadding(Padding.SAME)));
                if (kernel > 1) {
                    shapes.add(PoolShape.of("pool", Shape.of(2, 6, 7, 5), o.withPadding(Padding.of(1, 0, 0, 1))));
                }
            }
        }
        shapes.add(PoolShape.of("pool", Shape.of(2, 9, 9, 4), new Pool2dOptions(2, 3, 3, 1, Padding.of(0, 1, 2, 1))));
        Padding around = Padding.of(1);
        shapes.add(PoolShape.of(
                "pool",
                Shape.of(2, 67, 40, 33),
                Pool2dOptions.of(3).withStride(2).withPadding(around)));
        shapes.add(
                PoolShape.of("pool", Shape.of(3, 1, 1, 6), Pool2dOptions.of(3).withPadding(Padding.SAME)));
        return shapes;
    }

    private static float[] pixels(Samples r, PoolShape s) {
        float[] x = r.whole(s.input().size(), 4);
        for (int i = 0; i < x.length; i++) {
            x[i] -= 7;
            if (i % 13 == 5) {
                x[i] = Float.NEGATIVE_INFINITY;
            }
            if (s.channels() > 1 && i % 29 == 11) {
                x[i] = Float.NaN;
            }
        }
        return x;
    }

    @TestFactory
    default Stream<DynamicTest> maxPool2d() {
        return KernelContract.each(geometries(), s -> {
            Samples r = Samples.of("maxPool2d " + s);
            check("maxPool2d", s, r)
                    .out(s.output().size())
                    .in(pixels(r, s))
                    .exact()
                    .run((k, a) -> k.maxPool2d(a[0], a[1], s));
        });
    }

    @TestFactory
    default Stream<DynamicTest> maxPool2dGrad() {
        return KernelContract.each(geometries(), s -> {
            Samples r = Samples.of("maxPool2dGrad " + s);
            check("maxPool2dGrad", s, r)
                    .out(s.input().size())
                    .in(r.normal(s.output().size()))
                    .signed(pixels(r, s))
                    .sums(s.kH() * s.kW())
                    .run((k, a) -> k.maxPool2dGrad(a[0], a[1], a[2], s));
        });
    }

    @TestFactory
    default Stream<DynamicTest> avgPool2d() {
        return KernelContract.each(geometries(), s -> {
            Samples r = Samples.of("avgPool2d " + s);
            check("avgPool2d", s, r)
                    .out(s.output().size())
                    .in(r.normal(s.input().size()))
                    .sums(s.kH() * s.kW())
                    .run((k, a) -> k.avgPool2d(a[0], a[1], s));
        });
    }

    @TestFactory
    default Stream<DynamicTest> avgPool2dGrad() {
        return KernelContract.each(geometries(), s -> {
            Samples r = Samples.of("avgPool2dGrad " + s);
            check("avgPool2dGrad", s, r)
                    .out(s.input().size())
                    .in(r.normal(s.output().size()))
                    .sums(s.kH() * s.kW())
                    .run((k, a) -> k.avgPool2dGrad(a[0], a[1], s));
        });
    }
}
