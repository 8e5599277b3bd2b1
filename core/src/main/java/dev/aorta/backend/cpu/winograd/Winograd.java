package dev.aorta.backend.cpu.winograd;

import dev.aorta.backend.ConvShape;
import dev.aorta.backend.cpu.machine.Gradient;
import dev.aorta.backend.cpu.machine.Packing;
import dev.aorta.backend.cpu.machine.Simd;
import dev.aorta.backend.cpu.machine.Tuning;
import dev.aorta.backend.cpu.machine.Vanishing;
import dev.aorta.backend.cpu.machine.WayOut;
import dev.aorta.backend.cpu.machine.Workspace;
import org.jspecify.annotations.Nullable;

/**
 * 3 x 3 convolution with stride 1 by Winograd's F(4 x 4, 3 x 3): {@code y = A^T [(G g G^T) * (B^T d B)] A} for each tile of 4 x 4
 * outputs, the 6 x 6 inputs d that they see and the 3 x 3 taps g of each pair of channels. The products of one of the 36 points
 * over all tiles and channels are a matrix product, so there are 36 multiplications where direct convolution has 144. The input
 * gradient is the same with the taps turned by half a circle; the weight gradient is the adjoint, {@code dg = G^T [(A dy A^T) *
 * (B^T d B)] G}.
 *
 * @see <a href="https://arxiv.org/abs/1509.09308">Lavin and Gray 2015</a>
 */
public final class Winograd {
    /** Points of a transformed tile. */
    static final int POINTS = 36;

    private Winograd() {}

    /** Whether this class can compute a convolution. */
    public static boolean computes(ConvShape s) {
        return Simd.BITS > 0
                && s.kH() == 3
                && s.kW() == 3
                && s.strideH() == 1
                && s.strideW() == 1
                && s.dilationH() == 1
                && s.dilationW() == 1
                && s.groups() == 1
                && s.padTop() <= 2
                && s.padLeft() <= 2;
    }

    /** Whether this class is the fastest way to compute a convolution that it can compute. */
    public static boolean isFastest(ConvShape s) {
        return Math.max(s.inC(), s.outC()) >= Tuning.WINOGRAD_CHANNELS
                && Math.min(Math.min(s.inH(), s.inW()), Math.min(s.outH(), s.outW())) >= Tuning.WINOGRAD_SIDE
                && (9L * s.inC() * s.outC() < Tuning.WINOGRAD_LARGE
                        || WinogradTiles.forward(s).count() >= Tuning.WINOGRAD_TILES);
    }

    /** Whether this class takes an image in parts of so many channels: a vector must not lie across two. */
    public static boolean takesParts(int... channels) {
        for (int i = 0; i < channels.length - 1; i++) {
            if (channels[i] % Simd.LANES != 0) {
                return false;
            }
        }
        return true;
    }

    /** {@link dev.aorta.backend.Backend#conv2d} and what becomes of its results. */
    public static void forward(
            Workspace ws, float[] y, ImageParts x, float[] w, float @Nullable [] bias, WayOut out, ConvShape s) {
        WinogradTiles g = WinogradTiles.forward(s);
        new WinogradProduct(
                        ws,
                        Packing.Layout.of("winograd", s),
                        ImageParts.whole(y, s.outC()),
                        WinogradInput.ofSource(x, null, g),
                        (u, at, block, from, to) ->
                                WinogradWeight.forward(u, at, w, s.outC(), s.inC(), block, from, to),
                        bias,
                        0,
                        out,
                        g,
                        s.inC(),
                        s.outC())
                .run();
    }

    /** The gradient for x of {@link dev.aorta.backend.Backend#conv2dGrad}, plus the bias where there is one. */
    public static void gradInput(
            Workspace ws, ImageParts dx, Gradient dy, float[] w, float @Nullable [] bias, ConvShape s) {
        WinogradTiles g = WinogradTiles.backward(s);
        new WinogradProduct(
                        ws,
                        Packing.Layout.of("winograd back", s),
                        dx,
                        WinogradInput.ofSource(ImageParts.whole(dy.dy(), s.outC()), dy.mask(), g),
                        (u, at, block, from, to) -> WinogradWeight.backward(u, at, w, s.inC(), block, from, to),
                        bias,
                        Vanishing.FLUSH,
                        WayOut.PLAIN,
                        g,
                        s.outC(),
                        s.inC())
                .run();
    }

    /** The gradients for w and b of {@link dev.aorta.backend.Backend#conv2dGrad}. */
    public static void gradWeight(
            Workspace ws, float[] dw, float @Nullable [] db, Gradient dy, ImageParts x, ConvShape s) {
        WinogradTiles g = WinogradTiles.forward(s);
        new WinogradGradient(
                        ws.parallel(),
                        dw,
                        db,
                        WinogradInput.ofDestination(ImageParts.whole(dy.dy(), s.outC()), dy.mask(), g),
                        WinogradInput.ofSource(x, null, g),
                        g.count(),
                        s.outC(),
                        s.inC())
                .run();
    }
}
