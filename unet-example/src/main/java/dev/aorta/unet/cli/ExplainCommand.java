package dev.aorta.unet.cli;

import dev.aorta.Device;
import dev.aorta.Scope;
import dev.aorta.data.Values;
import dev.aorta.explain.GradCam;
import dev.aorta.io.AtomicFile;
import dev.aorta.io.Safetensors;
import dev.aorta.unet.explain.Explainer;
import dev.aorta.unet.explain.ExplanationPage;
import dev.aorta.unet.explain.Method;
import dev.aorta.unet.imaging.InputSlice;
import dev.aorta.unet.imaging.PlainText;
import dev.aorta.unet.train.Segmenter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "explain",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description =
                "Shows what the network looked at. For each slice it writes NAME.maps.safetensors (the mask and all maps as numbers)"
                        + " and a PNG file of each map; index.html shows them, and how well the network is calibrated where the"
                        + " files hold experts' masks.")
final class ExplainCommand implements Callable<Integer> {
    @Mixin
    private ModelOptions model = new ModelOptions();

    @Parameters(
            arity = "1..*",
            paramLabel = "INPUT",
            description = "DICOM, PNG, NIfTI or TFRecord files, told apart by their contents.")
    private List<Path> inputs = List.of();

    @Mixin
    private PixelOptions pixels = new PixelOptions();

    @Option(
            names = "--methods",
            split = ",",
            paramLabel = "NAME",
            defaultValue = "gradcam,integrated,smoothgrad,occlusion,uncertainty",
            description = "Maps to make: ${COMPLETION-CANDIDATES}. Default: all")
    private Set<Method> methods = Set.of();

    @Option(
            names = "--layer",
            paramLabel = "NAME",
            description =
                    "Layer of Grad-CAM; a name that there is not makes the message list them all. Default: the deepest")
    private @Nullable String layer;

    @Option(
            names = "--class",
            paramLabel = "C",
            defaultValue = "1",
            description = "Class that is explained. Default: ${DEFAULT-VALUE}")
    private int target;

    @Option(
            names = "--steps",
            paramLabel = "N",
            defaultValue = "32",
            description = "Steps of integrated gradients and copies of SmoothGrad. Default: ${DEFAULT-VALUE}")
    private int steps;

    @Option(
            names = "--dropout",
            paramLabel = "N",
            defaultValue = "0",
            description =
                    "Predictions with the network's dropout that tell the uncertainty. 0, the default, takes the slice"
                            + " itself, moved by a few pixels, and of other contrast.")
    private int dropout;

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "Folder to make.")
    private @Nullable Path out;

    @Mixin
    private DeviceOptions device = new DeviceOptions();

    @Spec
    private @Nullable CommandSpec spec;

    private final FreeNames names = new FreeNames();
    private int slices;

    @Override
    public Integer call() throws IOException {
        if (steps < 1 || dropout == 1 || dropout < 0) {
            throw new ParameterException(
                    Objects.requireNonNull(spec).commandLine(),
                    "--steps must be at least 1, and --dropout 0 or at least 2");
        }
        try (Device on = device.open();
                Segmenter segmenter = model.load(on)) {
            if (target < 0 || target >= segmenter.config().classes()) {
                throw new IllegalArgumentException("--class %d: the network has the classes 0 to %d"
                        .formatted(target, segmenter.config().classes() - 1));
            }
            Path folder = Objects.requireNonNull(out);
            OutputFolder.fill(folder, () -> explain(segmenter, folder));
        }
        return 0;
    }

    private void explain(Segmenter segmenter, Path folder) throws IOException {
        Explainer explainer = new Explainer(new TreeSet<>(methods), layer, target, steps, dropout, device.seed());
        ExplanationPage page = new ExplanationPage();
        for (Path input : inputs) {
            InputSlice.read(input, pixels.type(), slice -> {
                requireLayer(segmenter, slice);
                Explainer.Explained explained = explainer.explain(segmenter, slice);
                String name = names.take(slice.name());
                maps(slice, explained).write(folder.resolve(name + ".maps.safetensors"));
                for (Map.Entry<String, byte[]> picture :
                        page.add(slice, explained).entrySet()) {
                    AtomicFile.write(
                            folder.resolve(name + "." + picture.getKey() + ".png"), o -> o.write(picture.getValue()));
                }
                slices++;
            });
        }
        Path index = folder.resolve("index.html");
        AtomicFile.write(index, o -> o.write(page.html().getBytes(StandardCharsets.UTF_8)));
        print("%d slices explained in %s".formatted(slices, index));
        if (page.labelled() > 0) {
            print(String.format(
                    Locale.ROOT,
                    "expected calibration error %.4f over %d slices with an expert's mask",
                    page.calibration().error(),
                    page.labelled()));
        }
    }

    /** Says which layers there are before much is computed. */
    private void requireLayer(Segmenter segmenter, InputSlice slice) throws IOException {
        if (slices == 0 && layer != null) {
            try (Scope scope = Scope.noGrad()) {
                List<String> layers = GradCam.layers(
                        segmenter.network(),
                        segmenter.input(slice.source(), slice.rows(), slice.columns(), slice.grey()));
                if (!layers.contains(layer)) {
                    throw new IllegalArgumentException(
                            "--layer " + layer + ": the network has " + String.join(", ", layers));
                }
            }
        }
    }

    private static Safetensors maps(InputSlice slice, Explainer.Explained explained) {
        int rows = slice.rows();
        int columns = slice.columns();
        SequencedMap<String, Safetensors.Entry> tensors = new LinkedHashMap<>();
        tensors.put("image", Safetensors.Entry.of(slice.grey(), rows, columns));
        float[] mask = new float[rows * columns];
        for (int i = 0; i < mask.length; i++) {
            mask[i] = explained.mask()[i];
        }
        tensors.put("mask", Safetensors.Entry.of(mask, rows, columns));
        Values probabilities = explained.probabilities();
        tensors.put(
                "probabilities",
                Safetensors.Entry.of(
                        probabilities.array(),
                        rows,
                        columns,
                        probabilities.shape().dim(3)));
        explained
                .maps()
                .forEach((method, map) ->
                        tensors.put(method.toString(), Safetensors.Entry.of(map.array(), rows, columns)));
        return new Safetensors(Map.of(), tensors);
    }

    private void print(String line) {
        Objects.requireNonNull(spec).commandLine().getOut().println(PlainText.line(line));
    }
}
