package dev.aorta.backend;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The matrix product. */
interface GemmContract extends KernelContract {

    @TestFactory
    default Stream<DynamicTest> gemm() {
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
                    check("gemm", "m, n, k = " + size + (ta ? ", a transposed" : "") + (tb ? ", b transposed" : ""), r)
                            .out(m * n)
                            .in(p)
                            .in(q)
                            .sums(k)
                            .products(productError())
                            .run((b, a) -> b.gemm(a[0], a[1], ta, a[2], tb, m, n, k));
                }
            }
        });
    }
}
