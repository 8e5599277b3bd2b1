package dev.aorta.backend;

import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/** What the parts of {@link BackendContract} share. A test is named after the kernel that it is about. */
interface KernelContract {
    /** The backend under test; the same one for all tests. */
    Backend backend();

    /** How much wider than the bound of direct summation the error of the convolutions of this geometry may be. */
    default double convolutionFactor(ConvShape s) {
        return 1;
    }

    /** By how much of itself a product of two factors may be off before it is added; 0 where factors are not rounded. */
    default double productError() {
        return 0;
    }

    /** Whether the elements of this convolution's results share their rounding, as those of a tile of Winograd's algorithm do. */
    default boolean sharesRounding(ConvShape s) {
        return false;
    }

    /** One comparison with the reference. */
    default KernelCheck check(String op, Object geometry, Samples samples) {
        return new KernelCheck(backend(), op, geometry, samples.seed);
    }

    /** A buffer with these values. */
    default Buffer uploaded(float... values) {
        Buffer buffer = backend().allocate(values.length);
        backend().upload(buffer, values);
        return buffer;
    }

    /** The values of a buffer. */
    default float[] downloaded(Buffer buffer) {
        float[] values = new float[buffer.size()];
        backend().download(values, buffer);
        return values;
    }

    /**
     * One test for each geometry, named after it. {@code -Daorta.contract.every=N} takes one in N of them, {@code
     * -Daorta.contract.first=I} the first of which is I.
     */
    static <T> Stream<DynamicTest> each(Collection<T> geometries, Consumer<T> test) {
        List<T> all = List.copyOf(geometries);
        int every = Integer.getInteger("aorta.contract.every", 1);
        int first = Integer.getInteger("aorta.contract.first", 0) % Math.clamp(all.size(), 1, every);
        return IntStream.iterate(first, i -> i < all.size(), i -> i + every)
                .mapToObj(all::get)
                .map(g -> DynamicTest.dynamicTest(g.toString(), () -> test.accept(g)));
    }
}
