package dev.aorta.unet.model;

import dev.aorta.Device;
import dev.aorta.io.FormatException;
import dev.aorta.io.Json;
import dev.aorta.onnx.Onnx;
import dev.aorta.onnx.OnnxNetwork;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Segmentation networks of other programs, in ONNX files: grey images (N, 1, rows, columns) to logits (N, classes, rows, columns). */
final class OnnxModel {
    private OnnxModel() {}

    static boolean is(Path file) {
        return String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT).endsWith(".onnx");
    }

    /**
     * Loads a network.
     *
     * @param scaling of the grey levels, or null when the file's metadata say it
     * @throws FormatException when the file does not take grey images, give classes, or say how grey levels are scaled
     */
    static ModelConfig.Loaded load(Path file, Device device, @Nullable InputScaling scaling) throws IOException {
        OnnxNetwork network = Onnx.load(file, device);
        String described = network.metadata().get(ModelConfig.KEY);
        if (described != null && scaling == null) {
            return new ModelConfig.Loaded(ModelConfig.of(Json.parse(described)), network.channelsLast(), false);
        }
        if (scaling == null) {
            throw new FormatException(file + ": it does not say how grey levels are scaled; say it with --scaling");
        }
        List<String> in = axes(file, "takes", network.inputs());
        List<String> out = axes(file, "gives", network.outputs());
        int classes = number(out.get(1));
        if (classes < 2 || number(in.get(1)) > 1) {
            throw new FormatException(
                    file + ": it must take images (N, 1, rows, columns) and give two classes or more, not "
                            + network.inputs() + " and " + network.outputs());
        }
        ModelConfig config = new ModelConfig(
                ModelConfig.Kind.ONNX,
                0,
                0,
                Norm.NONE,
                classes,
                number(in.get(2)),
                number(in.get(3)),
                scaling,
                0,
                Views.ONE,
                false);
        return new ModelConfig.Loaded(config, network.channelsLast(), false);
    }

    private static List<String> axes(Path file, String what, List<OnnxNetwork.Port> ports) throws FormatException {
        List<String> axes = ports.size() == 1 ? ports.getFirst().axes() : null;
        if (axes == null || axes.size() != 4) {
            throw new FormatException(file + ": it " + what + " " + ports + ", not images (N, C, rows, columns)");
        }
        return axes;
    }

    /** An extent, 0 when it is free. */
    private static int number(String axis) {
        return axis.matches("\\d{1,9}") ? Integer.parseInt(axis) : 0;
    }
}
