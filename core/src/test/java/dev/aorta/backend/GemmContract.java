package dev.aorta.backend;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Matrix products, alone and in batches. */
interface GemmContract extends KernelContract {

    @TestFactory
    default Stream<DynamicTest> matmul() {
        List<List<Integer>> sizes = Stream.concat(
                        Stream.of(List.of(1, 1, 1), List.of(65, 70, 129), List.of(1, 100, 33), List.of(97, 1, 64)),
                        Stream.iterate(0, i -> i < 60, i -> i + 1).map(i -> {
                            Samples r = Samples.of("gemm size " + i);
                            return List.of(r.between(1, 36), r.between(1, 36), r.between(1, 36));
                        }))
                .toList();
        return KernelContract.each(sizes, size -> {
            int m = size.get(0);
            int n = size.get(1);
            int k = size.get(2);
            Samples r = Samples.of("gemm " + size);
            float[] p = r.normal(m * k);
            float[] q = r.normal(k * n);
            for (boolean ta : new boolean[] {false, true}) {
                for (boolean tb : new boolean[] {false, true}) {
                    check(
                                    "matmul",
                                    "m, n, k = " + size + (ta ? ", a transposed" : "") + (tb ? ", b transposed" : ""),
                                    r)
                            .out(m * n)
                            .in(p)
                            .in(q)
                            .sums(k)
                            .products(productError())
                            .run((b, a) -> b.matmul(a[0], a[1], a[2], MatMulShape.of(m, n, k, ta, tb)));
                }
            }
        });
    }

    @TestFactory
    default Stream<DynamicTest> matmulOfBatches() {
        List<MatMulShape> shapes = Stream.iterate(0, i -> i < 40, i -> i + 1)
                .map(i -> {
                    Samples r = Samples.of("batch of products " + i);
                    int most = i < 36 ? 20 : 70;
                    return new MatMulShape(
                            r.between(2, 9),
                            r.between(1, most),
                            r.between(1, most),
                            r.between(1, most),
                            i % 2 == 0,
                            i % 4 < 2,
                            i % 3 == 0,
                            i % 5 == 0);
                })
                .toList();
        return KernelContract.each(shapes, s -> {
            Samples r = Samples.of("matmul " + s);
            check("matmul", s, r)
                    .out(s.batch() * s.m() * s.n())
                    .in(r.normal(s.sizeA()))
                    .in(r.normal(s.sizeB()))
                    .sums(s.k())
                    .products(productError())
                    .run((b, a) -> b.matmul(a[0], a[1], a[2], s));
        });
    }
}
