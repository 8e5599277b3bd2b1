package dev.aorta.unet.cli;

import dev.aorta.unet.imaging.Fit;
import dev.aorta.unet.imaging.InputSlice;
import dev.aorta.unet.imaging.PixelSpacing;
import dev.aorta.unet.model.ModelConfig;
import picocli.CommandLine.Option;

/** The option that says what becomes of slices of other pixels than those of the training. */
final class FitOptions {
    @Option(
            names = "--fit",
            paramLabel = "HOW",
            defaultValue = "exact",
            description =
                    "What becomes of slices of another size than the network was trained on: exact refuses them; tile takes"
                            + " their pixels as they are, padded or in overlapping tiles; resample makes their pixels as large as those"
                            + " of the training, or, where nothing says how large these are, takes what they show. Masks have the slice's"
                            + " own pixels. Default: exact")
    private Fit fit = Fit.EXACT;

    Fit how() {
        return fit;
    }

    /** What is doubtful in how a slice is brought to the pixels of a network; empty where nothing is. */
    String note(ModelConfig model, InputSlice slice) {
        PixelSpacing own = slice.spacing();
        boolean size = slice.rows() == model.rows() && slice.columns() == model.columns();
        if (fit == Fit.RESAMPLE && !fit.isBySpacing(slice, model.known()) && !size) {
            return "%s says how large pixels are; the image is taken to show as much of the body as those of the training"
                    .formatted(own == null ? "nothing in it" : "nothing in the model");
        }
        if (fit != Fit.RESAMPLE
                && own != null
                && model.spacing() != null
                && model.spacing().isFar(own)) {
            return "its pixels are %s, those of the training were %s; --fit resample makes them alike"
                    .formatted(own, model.spacing());
        }
        return "";
    }
}
