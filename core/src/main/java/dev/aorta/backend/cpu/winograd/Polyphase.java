package dev.aorta.backend.cpu.winograd;

import dev.aorta.backend.ConvShape;
import dev.aorta.backend.cpu.machine.Gradient;
import dev.aorta.backend.cpu.machine.Lanes;
import dev.aorta.backend.cpu.machine.Packing;
import dev.aorta.backend.cpu.machine.Tuning;
import dev.aorta.backend.cpu.machine.WayOut;
import dev.aorta.backend.cpu.machine.Workspace;
import java.util.Arrays;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * 5 x 5 and 6 x 6 convolution with stride 2 by Winograd. The four phases of the image, its pixels {@code (2 j + p, 2 i + q)} for p
 * and q of 0 and 1, become the channels (p, q, c) of an image of half the size, in which the convolution has stride 1 and 3 x 3
 * taps, some of them zero: 9 multiplications for each output and pair of channels where direct convolution has 25 or 36.
 */
public final class Polyphase {
    /** Phases of rows and columns together. */
    private static final int PHASES = 4;

    private final Workspace workspace;
    private final ConvShape s;
    /** The convolution of the phases. */
    private final ConvShape phases;

    private Polyphase(Workspace workspace, ConvShape s) {
        this.workspace = workspace;
        this.s = s;
        phases = phases(s);
    }

    /** Whether this class can compute a convolution. */
    public static boolean computes(ConvShape s) {
        return s.strideH() == 2
                && s.strideW() == 2
                && s.groups() == 1
                && s.dilationH() == 1
                && s.dilationW() == 1
                && fitsThreeTaps(s.kH(), s.padTop())
                && fitsThreeTaps(s.kW(), s.padLeft())
                && Winograd.computes(phases(s));
    }

    /** Whether this class is the fastest way to compute a convolution that it can compute. */
    public static boolean isFastest(ConvShape s) {
        return s.inC() >= Tuning.WINOGRAD_CHANNELS && Winograd.isFastest(phases(s));
    }

    private static boolean fitsThreeTaps(int kernel, int pad) {
        return kernel == 5 || kernel == 6 && pad % 2 == 0;
    }

    private static ConvShape phases(ConvShape s) {
        return new ConvShape(
                s.batch(),
                Math.ceilDiv(s.inH(), 2),
                Math.ceilDiv(s.inW(), 2),
                PHASES * s.inC(),
                s.outC(),
                3,
                3,
                1,
                1,
                Math.ceilDiv(s.padTop(), 2),
                Math.ceilDiv(s.padLeft(), 2),
                1,
                1,
                1,
                s.outH(),
                s.outW());
    }

    /** {@link dev.aorta.backend.Backend#conv2d} and what becomes of its results. */
    public static void forward(
            Workspace ws, float[] y, float[] x, float[] w, float @Nullable [] bias, WayOut out, ConvShape s) {
        Polyphase p = new Polyphase(ws, s);
        p.withPhases((xOfPhases, wOfPhases) -> {
            p.split(xOfPhases, x);
            p.spread(wOfPhases, w);
            Winograd.forward(ws.with(Packing.ANEW), y, p.image(xOfPhases), wOfPhases, bias, out, p.phases);
        });
    }

    /** The gradient for x of {@link dev.aorta.backend.Backend#conv2dGrad}, plus the bias where there is one. */
    public static void gradInput(
            Workspace ws, float[] dx, Gradient dy, float[] w, float @Nullable [] bias, ConvShape s) {
        float[] biasOfPhases = bias == null ? null : repeated(bias);
        Polyphase p = new Polyphase(ws, s);
        p.withPhases((dxOfPhases, wOfPhases) -> {
            p.spread(wOfPhases, w);
            Winograd.gradInput(ws.with(Packing.ANEW), p.image(dxOfPhases), dy, wOfPhases, biasOfPhases, p.phases);
            p.join(dx, dxOfPhases);
        });
    }

    /** The gradients for w and b of {@link dev.aorta.backend.Backend#conv2dGrad}. */
    public static void gradWeight(
            Workspace ws, float[] dw, float @Nullable [] db, Gradient dy, float[] x, ConvShape s) {
        Polyphase p = new Polyphase(ws, s);
        p.withPhases((xOfPhases, dwOfPhases) -> {
            p.split(xOfPhases, x);
            Winograd.gradWeight(ws, dwOfPhases, db, dy, p.image(xOfPhases), p.phases);
            p.gather(dw, dwOfPhases);
        });
    }

    /** Calls a pass with an image of phases and a weight of phases, whose content is unspecified. */
    private void withPhases(BiConsumer<float[], float[]> pass) {
        int image = s.batch() * phases.inH() * phases.inW() * phases.inC();
        int weight = s.outC() * 9 * phases.inC();
        workspace.lend(image, x -> workspace.lend(weight, w -> pass.accept(x, w)));
    }

    private ImageParts image(float[] ofPhases) {
        return ImageParts.whole(ofPhases, phases.inC());
    }

    private static float[] repeated(float[] bias) {
        float[] ofPhases = new float[PHASES * bias.length];
        for (int i = 0; i < PHASES; i++) {
            System.arraycopy(bias, 0, ofPhases, i * bias.length, bias.length);
        }
        return ofPhases;
    }

    /** Copies the pixels of x to their phases; rows and columns that x lacks are zero. */
    private void split(float[] ofPhases, float[] x) {
        int c = s.inC();
        workspace.parallel().run(s.batch() * phases.inH(), r -> {
            for (int p = 0; p < 2; p++) {
                int row = r % phases.inH() * 2 + p;
                int from = (r / phases.inH() * s.inH() + row) * s.inW() * c;
                int to = r * phases.inW() * PHASES * c + 2 * p * c;
                int pairs = row < s.inH() ? s.inW() / 2 : 0;
                Lanes.copyRows(ofPhases, to, PHASES * c, x, from, 2 * c, pairs, 2 * c);
                for (int i = pairs; i < phases.inW(); i++) {
                    int at = to + i * PHASES * c;
                    int present = row < s.inH() ? c : 0;
                    System.arraycopy(x, present == 0 ? 0 : from + 2 * i * c, ofPhases, at, present);
                    Arrays.fill(ofPhases, at + present, at + 2 * c, 0);
                }
            }
        });
    }

    /** The way back from {@link #split}. */
    private void join(float[] x, float[] ofPhases) {
        int c = s.inC();
        workspace.parallel().run(s.batch() * s.inH(), r -> {
            int row = r % s.inH();
            int from = (r / s.inH() * phases.inH() + row / 2) * phases.inW() * PHASES * c + row % 2 * 2 * c;
            int to = r * s.inW() * c;
            int pairs = s.inW() / 2;
            Lanes.copyRows(x, to, 2 * c, ofPhases, from, PHASES * c, pairs, 2 * c);
            if (s.inW() % 2 > 0) {
                System.arraycopy(ofPhases, from + pairs * PHASES * c, x, to + 2 * pairs * c, c);
            }
        });
    }

    /** Copies the taps of w, (out, kH, kW, in), to their places in (out, 3, 3, 4 in). */
    private void spread(float[] ofPhases, float[] w) {
        workspace.parallel().run(s.outC(), o -> {
            for (int place = 0; place < 9 * PHASES; place++) {
                int at = (o * 9 * PHASES + place) * s.inC();
                int tap = tap(place);
                if (tap < 0) {
                    Arrays.fill(ofPhases, at, at + s.inC(), 0);
                } else {
                    System.arraycopy(w, (o * s.kH() * s.kW() + tap) * s.inC(), ofPhases, at, s.inC());
                }
            }
        });
    }

    /** The way back from {@link #spread}. */
    private void gather(float[] w, float[] ofPhases) {
        workspace.parallel().run(s.outC(), o -> {
            for (int place = 0; place < 9 * PHASES; place++) {
                int tap = tap(place);
                if (tap >= 0) {
                    int at = (o * 9 * PHASES + place) * s.inC();
                    System.arraycopy(ofPhases, at, w, (o * s.kH() * s.kW() + tap) * s.inC(), s.inC());
                }
            }
        });
    }

    /** The tap {@code ky * kW + kx} that stands at place (row, column, p, q) of the 3 x 3 taps of four phases, or -1 for none. */
    private int tap(int place) {
        int ky = 2 * (place / 12 - phases.padTop()) + place / 2 % 2 + s.padTop();
        int kx = 2 * (place / 4 % 3 - phases.padLeft()) + place % 2 + s.padLeft();
        return ky < 0 || ky >= s.kH() || kx < 0 || kx >= s.kW() ? -1 : ky * s.kW() + kx;
    }
}
