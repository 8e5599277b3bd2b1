package dev.aorta.backend.cpu.machine;

import dev.aorta.backend.ConvShape;
import dev.aorta.backend.cpu.machine.Scratch.Slot;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Memory for a weight in the order in which a kernel reads it. */
public interface Packing {
    /** Keeps nothing. */
    Packing ANEW = (layout, size, pack) -> null;

    /**
     * An order of the elements of a weight. Two that are equal give equal arrays.
     *
     * @param kernel whose order it is
     * @param out output channels
     * @param kH rows of taps
     * @param kW columns of taps
     * @param in input channels of a group
     */
    record Layout(String kernel, int out, int kH, int kW, int in) {
        /** That of a convolution. */
        public static Layout of(String kernel, ConvShape s) {
            return new Layout(kernel, s.outC(), s.kH(), s.kW(), s.inC() / s.groups());
        }
    }

    /**
     * The packed weight from an earlier call, or for later ones; to be read until the kernel returns. Null where none is kept.
     *
     * @param size at least the floats that it takes
     * @param pack writes it, where it is not there yet
     */
    float @Nullable [] kept(Layout layout, int size, Consumer<float[]> pack);

    /** As {@link #kept}, but packed into scratch memory where none is. */
    default float[] of(Layout layout, int size, Consumer<float[]> pack) {
        float[] kept = kept(layout, size, pack);
        if (kept != null) {
            return kept;
        }
        float[] packed = Scratch.floats(Slot.SHARED_A, size);
        pack.accept(packed);
        return packed;
    }
}
