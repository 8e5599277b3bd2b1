package dev.aorta.backend.cpu.machine;

/**
 * The vector width of this process, chosen once. This class loads without the Vector API; classes that mention it must not be
 * touched when {@link #BITS} is 0.
 *
 * <p>Property {@code aorta.simd} is {@code auto} (the default: the widest that the machine prefers), {@code 512}, {@code 256},
 * {@code 128} or {@code scalar}.
 */
public final class Simd {
    /** Bits of a vector: 512, 256, 128, or 0 for scalar code. */
    public static final int BITS = choose(System.getProperty("aorta.simd", "auto"));

    /** Floats in a vector; 1 for scalar code. */
    public static final int LANES = Math.max(BITS / Float.SIZE, 1);

    private Simd() {}

    /** One line for logs, for example {@code 512-bit SIMD, FMA, 2 threads}. */
    public static String describe(int threads) {
        return (BITS == 0 ? "scalar" : BITS + "-bit SIMD, FMA") + ", " + threads
                + (threads == 1 ? " thread" : " threads");
    }

    private static int choose(String wanted) {
        switch (wanted) {
            case "scalar":
                return 0;
            case "auto":
                String reason = VectorUnit.unusableBecause();
                if (reason.isEmpty()) {
                    return Math.min(VectorUnit.bits(), 512);
                }
                System.getLogger("dev.aorta")
                        .log(System.Logger.Level.WARNING, "aorta: slow scalar kernels, because {0}", reason);
                return 0;
            case "512", "256", "128":
                int bits = Integer.parseInt(wanted);
                String why = VectorUnit.lacksBecause(bits);
                if (!why.isEmpty()) {
                    throw new IllegalStateException("aorta.simd=" + wanted + " is not possible: " + why);
                }
                return bits;
            default:
                throw new IllegalArgumentException(
                        "aorta.simd must be auto, 512, 256, 128 or scalar and is '" + wanted + "'");
        }
    }
}
