package dev.aorta.backend.cpu.machine;

/**
 * The vector width of this process, chosen once. This class loads without the Vector API; classes that mention it must not be
 * touched when {@link #BITS} is 0.
 *
 * <p>Property {@code aorta.simd} is {@code auto} (the default: the widest that the machine prefers), {@code 512}, {@code 256},
 * {@code 128} or {@code scalar}.
 */
public final class Simd {
    private static final String WANTED = System.getProperty("aorta.simd", "auto");
    private static final String REFUSAL = refusal(WANTED);

    /** Bits of a vector: 512, 256, 128, or 0 for scalar code. */
    public static final int BITS = REFUSAL.isEmpty() ? choose(WANTED) : 0;

    /** Floats in a vector; 1 for scalar code. */
    public static final int LANES = Math.max(BITS / Float.SIZE, 1);

    private Simd() {}

    /** One line for logs, for example {@code 512-bit SIMD, FMA, 2 threads}. */
    public static String describe(int threads) {
        return (BITS == 0 ? "scalar" : BITS + "-bit SIMD, FMA") + ", " + threads
                + (threads == 1 ? " thread" : " threads");
    }

    /**
     * Refuses a width that this process cannot have.
     *
     * @throws IllegalArgumentException when property {@code aorta.simd} asks for it
     */
    public static void requireUsable() {
        if (!REFUSAL.isEmpty()) {
            throw new IllegalArgumentException(REFUSAL);
        }
    }

    /** Why a width cannot be had, or empty. It is not thrown here, where it would be the failure of a class to load. */
    static String refusal(String wanted) {
        return switch (wanted) {
            case "auto", "scalar" -> "";
            case "512", "256", "128" -> {
                String why = VectorUnit.lacksBecause(Integer.parseInt(wanted));
                yield why.isEmpty() ? "" : "aorta.simd=" + wanted + " is not possible: " + why;
            }
            default -> "aorta.simd must be auto, 512, 256, 128 or scalar and is '" + wanted + "'";
        };
    }

    private static int choose(String wanted) {
        if (wanted.equals("scalar")) {
            return 0;
        }
        if (!wanted.equals("auto")) {
            return Integer.parseInt(wanted);
        }
        String reason = VectorUnit.unusableBecause();
        if (reason.isEmpty()) {
            return Math.min(VectorUnit.bits(), 512);
        }
        System.getLogger("dev.aorta")
                .log(System.Logger.Level.WARNING, "aorta: slow scalar kernels, because {0}", reason);
        return 0;
    }
}
