package dev.aorta.cuda;

import java.util.Locale;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * How the CUDA backend computes.
 *
 * @param libraries which of NVIDIA's libraries convolutions and matrix products use; property {@code aorta.cuda.libraries}
 * @param math how products are computed and images are stored; property {@code aorta.cuda.math}
 * @param algorithms which of cuDNN's algorithms computes a convolution; property {@code aorta.cuda.algorithms}
 * @param poison fills every buffer with NaN before it is handed out, so that a read of unwritten memory shows; property {@code
 *     aorta.cuda.poison}
 */
public record CudaOptions(Libraries libraries, Math math, Algorithms algorithms, boolean poison) {
    /** Which of NVIDIA's libraries are used. */
    public enum Libraries {
        /** cuDNN and cuBLAS where they are found, own kernels where they are not. */
        AUTO,
        /** cuDNN and cuBLAS, or an error that says which is missing. */
        REQUIRE,
        /** Own kernels only. */
        NONE
    }

    /** How convolutions and matrix products multiply float32, in cuDNN, cuBLAS and own kernels alike. */
    public enum Math {
        /**
         * Factors rounded to 10 bits of mantissa for the tensor cores, sums in float32. Needs compute capability 8.0; on an older
         * GPU it is the same as FP32.
         */
        TF32,
        /** float32 throughout. */
        FP32,
        /**
         * Factors rounded to bfloat16, 7 bits of mantissa, for the tensor cores, sums in float32. The results of convolutions, and
         * what pointwise operations, pooling, normalisation and copies make of them, are stored as bfloat16, which halves their
         * memory traffic; weights, their gradients, statistics and losses stay float32. Needs compute capability 8.0.
         */
        BFLOAT16
    }

    /** Which of cuDNN's algorithms computes a convolution. A backend decides once for each shape. */
    public enum Algorithms {
        /** The fastest, by timing, of those that repeat their results; another process may find another one and round otherwise. */
        TIMED,
        /** The first that cuDNN proposes of those that repeat their results: the same in every process. */
        DETERMINISTIC,
        /** The fastest of all; results may differ in their last bits from call to call. */
        FASTEST
    }

    /** The options that the system properties ask for; by default AUTO, TF32, TIMED, no poison. */
    public static CudaOptions fromProperties() {
        return from(System::getProperty);
    }

    static CudaOptions from(UnaryOperator<@Nullable String> property) {
        return new CudaOptions(
                choice(property, "aorta.cuda.libraries", Libraries.AUTO),
                choice(property, "aorta.cuda.math", Math.TF32),
                choice(property, "aorta.cuda.algorithms", Algorithms.TIMED),
                Boolean.parseBoolean(property.apply("aorta.cuda.poison")));
    }

    private static <E extends Enum<E>> E choice(UnaryOperator<@Nullable String> property, String name, E otherwise) {
        String value = property.apply(name);
        if (value == null) {
            return otherwise;
        }
        E[] all = otherwise.getDeclaringClass().getEnumConstants();
        for (E e : all) {
            if (e.name().equalsIgnoreCase(value)) {
                return e;
            }
        }
        throw new IllegalArgumentException("system property " + name + " is '" + value + "'; it must be one of "
                + java.util.Arrays.toString(all).toLowerCase(Locale.ROOT));
    }
}
