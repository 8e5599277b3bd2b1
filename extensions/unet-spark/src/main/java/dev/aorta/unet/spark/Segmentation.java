package dev.aorta.unet.spark;

import dev.aorta.Device;
import dev.aorta.spark.Prediction;
import dev.aorta.spark.Predictor;
import dev.aorta.unet.imaging.Fit;
import dev.aorta.unet.imaging.InputSlice;
import dev.aorta.unet.imaging.Png;
import dev.aorta.unet.train.Segmenter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Segments DICOM files of one picture.
 *
 * @param segmenter for slices of any thread
 * @param fit what becomes of slices of other pixels than those of the training
 */
record Segmentation(Segmenter segmenter, Fit fit) implements Predictor {
    /** Loads a model file; each task computes on its own thread. */
    static Segmentation load(byte[] model, Fit fit) throws IOException {
        Path file = Files.createTempFile("aorta-", ".safetensors");
        try {
            Files.write(file, model);
            return new Segmentation(Segmenter.load(file, Device.cpu(1), null), fit);
        } finally {
            Files.delete(file);
        }
    }

    @Override
    public Prediction predict(String path, byte[] content) throws IOException {
        InputSlice slice = InputSlice.dicom(Path.of(path.substring(path.lastIndexOf('/') + 1)), content);
        byte[] mask = segmenter.segment(slice, fit);
        int inside = 0;
        for (byte type : mask) {
            inside += type == 0 ? 0 : 1;
        }
        return new Prediction(
                Png.mask(slice.rows(), slice.columns(), mask, segmenter.config().classes()),
                slice.pixelArea().isPresent() ? inside * slice.pixelArea().getAsDouble() : null);
    }
}
