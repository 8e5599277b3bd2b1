package dev.aorta.unet.cli;

import dev.aorta.unet.clinical.Tracing;
import dev.aorta.unet.imaging.Fit;
import dev.aorta.unet.imaging.InputSlice;
import dev.aorta.unet.train.Segmenter;
import java.io.IOException;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** A network that traces slices of any size that {@code fit} allows. */
public record Tracer(Segmenter segmenter, Fit fit) implements Tracing.Network {
    @Override
    public byte[] classAndConfidences(InputSlice slice) throws IOException {
        int depth = segmenter.config().classes();
        return fit.segment(
                slice,
                segmenter.config().known(),
                depth,
                (rows, columns, grey) -> Tracing.Network.pixels(
                        segmenter
                                .predict(slice.source(), rows, columns, grey)
                                .probabilities()
                                .array(),
                        depth));
    }

    static OptionalInt optional(@Nullable Integer value) {
        return value == null ? OptionalInt.empty() : OptionalInt.of(value);
    }
}
