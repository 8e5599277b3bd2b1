package dev.aorta.backend.cpu.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class AlignedSimdTest {
    private static final boolean NATIVE = Aligned.class.getModule().isNativeAccessEnabled();

    @Test
    void withoutNativeAccessItIsTheFirstElement() {
        assumeFalse(NATIVE, "native access is enabled");
        for (int size : new int[] {15, 100, 1_000_000}) {
            assertThat(Aligned.of(new float[size]).first()).isZero();
        }
    }

    /** Of arrays at many places: the young generation, where the next one begins behind the last, and the old one. */
    @Test
    @SuppressWarnings("restricted")
    void aCacheLineBeginsThere() throws Throwable {
        assumeTrue(NATIVE, "native access is not enabled");
        Aligned.link();
        MethodHandle find = Linker.nativeLinker()
                .downcallHandle(
                        Linker.nativeLinker().defaultLookup().findOrThrow("memchr"),
                        FunctionDescriptor.of(
                                ValueLayout.JAVA_LONG,
                                ValueLayout.ADDRESS,
                                ValueLayout.JAVA_INT,
                                ValueLayout.JAVA_LONG),
                        Linker.Option.critical(true));
        List<Integer> firsts = new ArrayList<>();
        for (int size = 101; size < 2_000_000; size += size / 3) {
            float[] array = new float[size];
            Aligned aligned = Aligned.of(array);
            MemorySegment from = MemorySegment.ofArray(array).asSlice(4L * aligned.first());
            assertThat((long) find.invokeExact(from, 0, 1L) % 64)
                    .as("address of element " + aligned.first() + " of " + size)
                    .isZero();
            assertThat(aligned.first()).isBetween(0, Aligned.LINE - 1);
            firsts.add(aligned.first());
        }
        assertThat(firsts).as("an array that begins elsewhere").anyMatch(first -> first > 0);
    }
}
