package dev.aorta.backend.cpu.machine;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * An array, and the element from which on it is used: the first that begins a cache line. A vector of 512 bits that lies across two lines is read in two
 * steps, and on an Intel processor it is written in eight cycles more; the elements of an array begin 16 bytes behind a multiple of 8, so
 * that nearly all do.
 *
 * <p>Java does not say where an array is. The C library does: {@code memmove} returns where it has moved to. It is asked to move nothing
 * where native access is enabled; elsewhere {@code first} is 0, as it is of a weight that is kept packed. When the garbage collector moves the array no line begins there any more,
 * which costs time and changes no value.
 *
 * @param first 0 to {@code LINE - 1}
 */
public record Aligned(float[] array, int first) {
    /** Floats of a cache line, and of the widest vector. */
    public static final int LINE = 16;

    private static volatile boolean linked;

    static {
        if (Aligned.class.getModule().isNativeAccessEnabled()) {
            Thread.ofPlatform().daemon().name("aorta-linker").start(Aligned::link);
        }
    }

    /** Takes a tenth of a second, for which the first kernels do not wait. */
    static void link() {
        try {
            linked = Address.MEMMOVE != null;
        } catch (LinkageError e) {
            linked = false; // a system without such a function, or a virtual machine that calls none
        }
    }

    /** That array, of whose elements {@code LINE - 1} must not be needed. */
    static Aligned of(float[] array) {
        return new Aligned(array, linked ? (int) (-Address.of(array) >>> 2) & LINE - 1 : 0);
    }

    /** Apart, so that the function is a constant to the compiler. */
    private static final class Address {
        @SuppressWarnings("restricted")
        static final MethodHandle MEMMOVE = Linker.nativeLinker()
                .downcallHandle(
                        Linker.nativeLinker().defaultLookup().findOrThrow("memmove"),
                        FunctionDescriptor.of(
                                ValueLayout.JAVA_LONG, ValueLayout.ADDRESS, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG),
                        Linker.Option.critical(true));

        private Address() {}

        static long of(float[] array) {
            MemorySegment elements = MemorySegment.ofArray(array);
            try {
                return (long) MEMMOVE.invokeExact(elements, elements, 0L);
            } catch (Throwable e) { // what invokeExact declares
                throw new IllegalStateException("[cpu] memmove of the C library failed", e);
            }
        }
    }
}
