package dev.aorta.unet.cli;

import dev.aorta.unet.clinical.Tracing;
import dev.aorta.unet.imaging.Fit;
import dev.aorta.unet.imaging.InputSlice;
import dev.aorta.unet.train.Segmenter;
import java.io.IOException;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** A network that traces slices of any size that {@code fit} allows. */
record Tracer(Segmenter segmenter, Fit fit) implements Tracing.Network {
    @Override
    public byte[] classAndConfidences(InputSlice slice) throws IOException {
        int depth = segmenter.config().classes();
        return fit.segment(
                slice,
                segmenter.config().known(),
                depth,
                (rows, columns, grey) -> pixels(
                        segmenter
                                .predict(slice.source(), rows, columns, grey)
                                .probabilities()
                                .array(),
                        depth));
    }

    private static byte[] pixels(float[] likely, int depth) {
        byte[] pixels = new byte[likely.length];
        for (int i = 0; i < likely.length; i += depth) {
            int best = 0;
            for (int c = 1; c < depth; c++) {
                best = likely[i + c] > likely[i + best] ? c : best;
                pixels[i + c] = (byte) Math.round(255 * likely[i + c]);
            }
            pixels[i] = (byte) best;
        }
        return pixels;
    }

    /** What the classes of a model are, by options; the cavity is the one class beside the background where there are no others. */
    static Tracing.Classes classes(int count, @Nullable Integer cavity, @Nullable Integer myocardium) {
        if (cavity == null && count > 2) {
            throw new IllegalArgumentException(
                    "the model has %d classes, and nothing says which is the left ventricle's cavity; name it with --cavity"
                            .formatted(count));
        }
        for (Integer c : new Integer[] {cavity, myocardium}) {
            if (c != null && (c < 1 || c >= count)) {
                throw new IllegalArgumentException(
                        "class %d of a model whose classes are 0, the background, to %d".formatted(c, count - 1));
            }
        }
        return new Tracing.Classes(cavity == null ? 1 : cavity, optional(myocardium));
    }

    static OptionalInt optional(@Nullable Integer value) {
        return value == null ? OptionalInt.empty() : OptionalInt.of(value);
    }
}
