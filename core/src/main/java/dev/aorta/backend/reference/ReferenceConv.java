package dev.aorta.backend.reference;

import dev.aorta.backend.ConvShape;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The three convolutions. All of them visit the same triples of y, x and w, those that {@link ConvShape}'s formula connects,
 * and differ only in which of the three they sum into: this makes the gradients adjoint by construction.
 */
final class ReferenceConv {
    private ReferenceConv() {}

    static void conv2d(double[] y, double[] x, double[] w, double @Nullable [] bias, boolean relu, ConvShape s) {
        fillWithBias(y, bias);
        forEachTap(s, (yAt, xAt, wAt, channels) -> {
            for (int i = 0; i < channels; i++) {
                y[yAt] += x[xAt + i] * w[wAt + i];
            }
        });
        if (relu) {
            for (int i = 0; i < y.length; i++) {
                y[i] = Math.max(y[i], 0);
            }
        }
    }

    static void gradInput(
            double[] dx, double[] dy, double @Nullable [] mask, double[] w, double @Nullable [] bias, ConvShape s) {
        fillWithBias(dx, bias);
        forEachTap(s, (yAt, xAt, wAt, channels) -> {
            double d = masked(dy, mask, yAt);
            for (int i = 0; i < channels; i++) {
                dx[xAt + i] += d * w[wAt + i];
            }
        });
    }

    static void gradWeight(double[] dw, double[] dy, double @Nullable [] mask, double[] x, ConvShape s) {
        Arrays.fill(dw, 0);
        forEachTap(s, (yAt, xAt, wAt, channels) -> {
            double d = masked(dy, mask, yAt);
            for (int i = 0; i < channels; i++) {
                dw[wAt + i] += d * x[xAt + i];
            }
        });
    }

    static void gradBias(double[] db, double[] dy, double @Nullable [] mask) {
        Arrays.fill(db, 0);
        for (int i = 0; i < dy.length; i++) {
            db[i % db.length] += masked(dy, mask, i);
        }
    }

    /** The gradient before a fused ReLU whose output is {@code mask}. */
    private static double masked(double[] dy, double @Nullable [] mask, int i) {
        return mask == null || mask[i] > 0 ? dy[i] : 0;
    }

    private static void fillWithBias(double[] image, double @Nullable [] bias) {
        for (int i = 0; i < image.length; i++) {
            image[i] = bias == null ? 0 : bias[i % bias.length];
        }
    }

    /** One output element, and the first of {@code channels} neighbours in x and in w that are multiplied into it. */
    private interface Tap {
        void visit(int yAt, int xAt, int wAt, int channels);
    }

    private static void forEachTap(ConvShape s, Tap tap) {
        int inChannels = s.inC() / s.groups();
        int outChannels = s.outC() / s.groups();
        for (int n = 0; n < s.batch(); n++) {
            for (int oy = 0; oy < s.outH(); oy++) {
                for (int ox = 0; ox < s.outW(); ox++) {
                    for (int o = 0; o < s.outC(); o++) {
                        for (int ky = 0; ky < s.kH(); ky++) {
                            for (int kx = 0; kx < s.kW(); kx++) {
                                int iy = oy * s.strideH() - s.padTop() + ky * s.dilationH();
                                int ix = ox * s.strideW() - s.padLeft() + kx * s.dilationW();
                                if (0 <= iy && iy < s.inH() && 0 <= ix && ix < s.inW()) {
                                    int group = o / outChannels;
                                    tap.visit(
                                            ((n * s.outH() + oy) * s.outW() + ox) * s.outC() + o,
                                            ((n * s.inH() + iy) * s.inW() + ix) * s.inC() + group * inChannels,
                                            ((o * s.kH() + ky) * s.kW() + kx) * inChannels,
                                            inChannels);
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
