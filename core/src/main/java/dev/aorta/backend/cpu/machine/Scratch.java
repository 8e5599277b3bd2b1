package dev.aorta.backend.cpu.machine;

/**
 * Working memory of kernels: arrays that belong to a thread, grow as needed and are kept for the next call.
 *
 * <p>The content of an array is unspecified. An array is the kernel's own until the same thread asks for the same slot again,
 * so what a caller prepares for its region and what a task needs for itself have separate slots.
 */
public final class Scratch {
    /** Names of the arrays of one thread. */
    public enum Slot {
        /** Filled before a region by its caller, read or written by all tasks. */
        SHARED_A,
        SHARED_B,
        SHARED_C,
        SHARED_D,
        /** Used within one task. */
        TASK_A,
        TASK_B,
        TASK_C,
        TASK_D,
        TASK_E,
        TASK_F,
        TASK_G,
        /** Used within one task of a chain of convolutions, while kernels that are part of it use those above. */
        CHAIN_BAND,
        CHAIN_STRIP,
        CHAIN_ROW,
        /** Used within one transposition. */
        TRANSPOSE
    }

    private static final ThreadLocal<float[][]> ARRAYS =
            ThreadLocal.withInitial(() -> new float[Slot.values().length][0]);

    private static final ThreadLocal<double[][]> DOUBLES =
            ThreadLocal.withInitial(() -> new double[Slot.values().length][0]);

    private Scratch() {}

    /** At least {@code size} floats that belong to the calling thread. */
    public static float[] floats(Slot slot, int size) {
        float[][] arrays = ARRAYS.get();
        if (arrays[slot.ordinal()].length < size) {
            arrays[slot.ordinal()] = new float[size];
        }
        return arrays[slot.ordinal()];
    }

    /** At least {@code size} floats from the first that begins a cache line. */
    public static Aligned aligned(Slot slot, int size) {
        return Aligned.of(floats(slot, size + Aligned.LINE - 1));
    }

    /** At least {@code size} doubles that belong to the calling thread, and share nothing with the floats of the slot. */
    public static double[] doubles(Slot slot, int size) {
        double[][] arrays = DOUBLES.get();
        if (arrays[slot.ordinal()].length < size) {
            arrays[slot.ordinal()] = new double[size];
        }
        return arrays[slot.ordinal()];
    }
}
