package dev.aorta.backend.cpu.conv;

import dev.aorta.backend.ConvShape;
import dev.aorta.backend.cpu.machine.Workspace;
import dev.aorta.backend.cpu.winograd.Polyphase;
import dev.aorta.backend.cpu.winograd.Winograd;
import org.jspecify.annotations.Nullable;

/** The kernels that compute a convolution, chosen by its geometry. */
public record ConvKernels(Forward forward, GradInput gradInput, GradWeight gradWeight) {
    private static final ConvKernels PACKED =
            new ConvKernels(Convolution::forward, Convolution::gradInput, WeightGradient::run);
    private static final ConvKernels WINOGRAD =
            new ConvKernels(Winograd::forward, Winograd::gradInput, Winograd::gradWeight);
    private static final ConvKernels POLYPHASE =
            new ConvKernels(Polyphase::forward, Polyphase::gradInput, Polyphase::gradWeight);
    private static final ConvKernels PATCHES =
            new ConvKernels(Patches::forward, Patches::gradInput, Patches::gradWeight);
    private static final ConvKernels FEW_TAPS =
            new ConvKernels(FewTaps::forward, Convolution::gradInput, FewTaps::gradWeight);
    private static final ConvKernels FEW_TAPS_SAME =
            new ConvKernels(FewTaps::forward, Winograd::gradInput, FewTaps::gradWeight);
    private static final ConvKernels FEW_OUTPUTS =
            new ConvKernels(FewOutputs::forward, FewOutputs::gradInput, FewOutputs::gradWeight);
    private static final ConvKernels GROUPED =
            new ConvKernels(GroupedConvolution::forward, GroupedConvolution::gradInput, GroupedConvolution::gradWeight);

    private static final ConvKernels WINDOW_RUNS =
            new ConvKernels(WindowRuns::forward, WindowRuns::gradInput, WindowRuns::gradWeight);

    /** As {@link dev.aorta.backend.Backend#conv2d}. */
    public interface Forward {
        void run(Workspace ws, float[] y, float[] x, float[] w, float @Nullable [] bias, boolean relu, ConvShape s);
    }

    /** As {@link dev.aorta.backend.Backend#conv2dGradInput}. */
    public interface GradInput {
        void run(
                Workspace ws,
                float[] dx,
                float[] dy,
                float @Nullable [] mask,
                float[] w,
                float @Nullable [] bias,
                ConvShape s);
    }

    /** As {@link dev.aorta.backend.Backend#conv2dGradParameters}; db is null where nobody needs it. */
    public interface GradWeight {
        void run(
                Workspace ws,
                float[] dw,
                float @Nullable [] db,
                float[] dy,
                float @Nullable [] mask,
                float[] x,
                ConvShape s);
    }

    /** Whether all three take an image in parts of so many channels. */
    public boolean takesParts(int... channels) {
        return this == WINOGRAD && Winograd.takesParts(channels);
    }

    /** The fastest kernels for a geometry. */
    public static ConvKernels of(ConvShape s) {
        if (GroupedConvolution.applies(s)) {
            return GROUPED;
        }
        if (Winograd.applies(s)) {
            return FewTaps.applies(s) ? FEW_TAPS_SAME : WINOGRAD;
        }
        if (Polyphase.applies(s)) {
            return POLYPHASE;
        }
        if (Patches.applies(s)) {
            return PATCHES;
        }
        if (FewTaps.applies(s)) {
            return FEW_TAPS;
        }
        if (FewOutputs.applies(s)) {
            return FEW_OUTPUTS;
        }
        return WindowRuns.applies(s) ? WINDOW_RUNS : PACKED;
    }
}
