package dev.aorta.backend.cpu.conv;

import dev.aorta.backend.ConvShape;
import dev.aorta.backend.cpu.machine.Gradient;
import dev.aorta.backend.cpu.machine.WayOut;
import dev.aorta.backend.cpu.machine.Workspace;
import dev.aorta.backend.cpu.winograd.ImageParts;
import dev.aorta.backend.cpu.winograd.Polyphase;
import dev.aorta.backend.cpu.winograd.Winograd;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The kernels that compute a convolution. Of those that can compute a geometry and are made for it the first in the order of
 * declaration is taken; the last can compute all.
 */
public enum ConvKernels {
    DEPTHWISE(
            s -> DepthwiseConvolution.computes(s) && GroupedConvolution.computes(s),
            s -> true,
            DepthwiseConvolution::forward,
            DepthwiseGradient::gradInput,
            DepthwiseGradient::gradWeight),
    GROUPED(
            GroupedConvolution::computes,
            GroupedConvolution::isFastest,
            GroupedConvolution::forward,
            GroupedConvolution::gradInput,
            GroupedConvolution::gradWeight),
    /** Few taps forward, Winograd back. */
    FEW_TAPS_SAME(
            s -> FewTaps.computes(s) && Winograd.computes(s),
            s -> FewTaps.isFastest(s) && Winograd.isFastest(s),
            DirectConvolution::forward,
            (ws, dx, dy, w, bias, s) -> Winograd.gradInput(ws, ImageParts.whole(dx, s.inC()), dy, w, bias, s),
            FewTaps::gradWeight),
    WINOGRAD(Winograd::computes, Winograd::isFastest, Winograd::forward, Winograd::gradInput, Winograd::gradWeight),
    POLYPHASE(
            Polyphase::computes, Polyphase::isFastest, Polyphase::forward, Polyphase::gradInput, Polyphase::gradWeight),
    PATCHES(Patches::computes, s -> true, Patches::forward, Patches::gradInput, Patches::gradWeight),
    FEW_TAPS(
            FewTaps::computes,
            FewTaps::isFastest,
            DirectConvolution::forward,
            Convolution::gradInput,
            FewTaps::gradWeight),
    FEW_OUTPUTS(
            FewOutputs::computes,
            FewOutputs::isFastest,
            FewOutputs::forward,
            FewOutputs::gradInput,
            FewOutputs::gradWeight),
    WINDOW_RUNS(
            WindowRuns::computes,
            WindowRuns::isFastest,
            WindowRuns::forward,
            WindowRuns::gradInput,
            WindowRuns::gradWeight),
    DIRECT(
            DirectConvolution::computes,
            DirectConvolution::isFastest,
            DirectConvolution::forward,
            Convolution::gradInput,
            WeightGradient::run),
    PACKED(s -> true, s -> true, Convolution::forward, Convolution::gradInput, WeightGradient::run);

    /** {@link dev.aorta.backend.Backend#conv2d} and what becomes of its results. */
    public interface Forward {
        void run(Workspace ws, float[] y, ImageParts x, float[] w, float @Nullable [] bias, WayOut out, ConvShape s);
    }

    /** The gradient for x of {@link dev.aorta.backend.Backend#conv2dGrad}, plus a bias where there is one. */
    public interface GradInput {
        void run(Workspace ws, ImageParts dx, Gradient dy, float[] w, float @Nullable [] bias, ConvShape s);
    }

    /** The gradients for w and b of {@link dev.aorta.backend.Backend#conv2dGrad}; db is null where nobody needs it. */
    public interface GradWeight {
        void run(Workspace ws, float[] dw, float @Nullable [] db, Gradient dy, ImageParts x, ConvShape s);
    }

    private interface ForwardOfWhole {
        void run(Workspace ws, float[] y, float[] x, float[] w, float @Nullable [] bias, WayOut out, ConvShape s);
    }

    private interface GradInputOfWhole {
        void run(Workspace ws, float[] dx, Gradient dy, float[] w, float @Nullable [] bias, ConvShape s);
    }

    private interface GradWeightOfWhole {
        void run(Workspace ws, float[] dw, float @Nullable [] db, Gradient dy, float[] x, ConvShape s);
    }

    private static final ConvKernels[] ALL = values();
    private static final Set<ConvKernels> DIRECTLY = EnumSet.of(FEW_TAPS, DIRECT);

    private final Predicate<ConvShape> computes;
    private final Predicate<ConvShape> isFastest;
    private final Forward forward;
    private final GradInput gradInput;
    private final GradWeight gradWeight;

    /** Kernels that take images in parts. */
    ConvKernels(
            Predicate<ConvShape> computes,
            Predicate<ConvShape> isFastest,
            Forward forward,
            GradInput gradInput,
            GradWeight gradWeight) {
        this.computes = computes;
        this.isFastest = isFastest;
        this.forward = forward;
        this.gradInput = gradInput;
        this.gradWeight = gradWeight;
    }

    /** Kernels that take images in one piece. */
    ConvKernels(
            Predicate<ConvShape> computes,
            Predicate<ConvShape> isFastest,
            ForwardOfWhole forward,
            GradInputOfWhole gradInput,
            GradWeightOfWhole gradWeight) {
        this(
                computes,
                isFastest,
                (Forward) (ws, y, x, w, bias, out, s) -> forward.run(ws, y, x.whole(), w, bias, out, s),
                (ws, dx, dy, w, bias, s) -> gradInput.run(ws, dx.whole(), dy, w, bias, s),
                (ws, dw, db, dy, x, s) -> gradWeight.run(ws, dw, db, dy, x.whole(), s));
    }

    public Forward forward() {
        return forward;
    }

    public GradInput gradInput() {
        return gradInput;
    }

    public GradWeight gradWeight() {
        return gradWeight;
    }

    /** Whether {@link DirectConvolution} is what computes a 1x1 convolution forward. */
    boolean isDirect() {
        return DIRECTLY.contains(this);
    }

    /** Whether these kernels can compute a geometry, fast or not. */
    public boolean computes(ConvShape s) {
        return computes.test(s);
    }

    /** Whether all three take an image in parts of so many channels. */
    public boolean takesParts(int... channels) {
        return this == WINOGRAD && Winograd.takesParts(channels);
    }

    /** The fastest kernels for a geometry. */
    public static ConvKernels of(ConvShape s) {
        for (ConvKernels k : ALL) {
            if (k.computes(s) && k.isFastest.test(s)) {
                return k;
            }
        }
        throw new AssertionError("PACKED computes all");
    }

    /** The forced kernels where there are any and they can compute the geometry, else the fastest. */
    public static ConvKernels of(ConvShape s, @Nullable ConvKernels forced) {
        return forced != null && forced.computes(s) ? forced : of(s);
    }

    /**
     * The kernels that property {@code aorta.conv} forces, null where it is {@code auto} or missing.
     *
     * @throws IllegalArgumentException when it names none
     */
    public static @Nullable ConvKernels forced() {
        String wanted = System.getProperty("aorta.conv", "auto");
        if (wanted.equals("auto")) {
            return null;
        }
        for (ConvKernels k : ALL) {
            if (k.toString().equals(wanted)) {
                return k;
            }
        }
        throw new IllegalArgumentException("aorta.conv must be auto"
                + Arrays.stream(ALL).map(k -> ", " + k).collect(Collectors.joining()) + " and is '" + wanted + "'");
    }

    /** The name in property {@code aorta.conv}, for example {@code few-taps}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
