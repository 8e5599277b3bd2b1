package dev.aorta.unet.model;

import dev.aorta.Device;
import dev.aorta.Shape;
import dev.aorta.io.Checkpoint;
import dev.aorta.io.FormatException;
import dev.aorta.io.Json;
import dev.aorta.io.Safetensors;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Layers;
import dev.aorta.nn.Summary;
import dev.aorta.unet.imaging.Fit;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What a model file must say beside the weights so that it can be used alone: how the network is built and how an image becomes
 * its input. It stands as JSON in the file's metadata.
 *
 * @param kind which network
 * @param base channels of the first level of the U-Net
 * @param depth halvings of the U-Net
 * @param norm normalisation in the U-Net
 * @param classes background included
 * @param rows height of an image, pixels; 0 when the network takes any
 * @param columns width of an image, pixels; 0 when the network takes any
 * @param input how grey levels are scaled
 * @param centre side of the square in the middle of images, pixels, outside of which nothing is looked for; 0 for whole images
 * @param views of an image, of which a mask is the mean
 * @param largest whether of the foreground of a mask the largest part is left
 * @param spacing of the pixels of the training, or null where nobody knows it
 * @param members networks of this description, of whose probabilities masks are the mean: 1, or those of an {@link Ensemble}
 */
public record ModelConfig(
        Kind kind,
        int base,
        int depth,
        Norm norm,
        int classes,
        int rows,
        int columns,
        InputScaling input,
        int centre,
        Views views,
        boolean largest,
        @Nullable TrainedSpacing spacing,
        int members) {
    static final String KEY = "aorta.model";
    private static final String DEEPEST = "bottom.conv2.weight";

    public ModelConfig {
        if (members < 1) {
            throw new IllegalArgumentException("an ensemble of %d networks cannot be".formatted(members));
        }
        if (members > 1 && kind != Kind.UNET) {
            throw new IllegalArgumentException("an ensemble of %d is of U-Nets, not of %s".formatted(members, kind));
        }
    }

    /** One network of which nobody knows how large the pixels of its training were. */
    public ModelConfig(
            Kind kind,
            int base,
            int depth,
            Norm norm,
            int classes,
            int rows,
            int columns,
            InputScaling input,
            int centre,
            Views views,
            boolean largest) {
        this(kind, base, depth, norm, classes, rows, columns, input, centre, views, largest, null, 1);
    }

    /** Which network. */
    public enum Kind {
        /** {@link UNet}. */
        UNET,
        /** {@link LabNetwork}. */
        LAB,
        /** A network of another program, from an ONNX file. */
        ONNX
    }

    /**
     * A network and how it was described.
     *
     * @param digested whether a digest in the file says that it is whole
     */
    public record Loaded(ModelConfig config, Layer network, boolean digested) {}

    /** The network with initial weights. */
    public Layer build(Device device, long seed) {
        Layers layers = new Layers(device, seed);
        return switch (kind) {
            case UNET -> {
                Layer net = members == 1
                        ? unet(layers)
                        : new Ensemble(IntStream.rangeClosed(1, members)
                                .mapToObj(m -> unet(layers.in(Ensemble.prefix(m))))
                                .toList());
                yield centre == 0 ? net : new Centred(net, centre);
            }
            case LAB -> LabNetwork.of(layers);
            case ONNX -> throw new IllegalStateException("a network of an ONNX file is loaded, not built");
        };
    }

    private Layer unet(Layers layers) {
        return new UNet(layers, 1, classes, base, depth, norm);
    }

    /** The network as it segments images: with what this description says becomes of its output. */
    public Layer finished(Layer network, Device device) {
        Layer mean = views.mean(network, device);
        return largest ? new LargestPart(mean, device) : mean;
    }

    /**
     * Checks that the network can be trained on images of so many rows and columns.
     *
     * @throws IllegalArgumentException if their sides are no multiples of what its halvings need, or batch normalisation would see one
     *     value
     */
    public void requireTrainable(int batch, int height, int width) {
        int unit = kind == Kind.UNET ? 1 << depth : LabNetwork.UNIT;
        if (height % unit != 0 || width % unit != 0) {
            throw new IllegalArgumentException(
                    "the images are %d x %d pixels, and the network needs multiples of %d%s; crop or pad them%s"
                            .formatted(
                                    height,
                                    width,
                                    unit,
                                    kind == Kind.UNET ? " (2^depth)" : "",
                                    kind == Kind.UNET ? ", or use a smaller --depth" : ""));
        }
        if (kind == Kind.UNET && norm == Norm.BATCH && (long) batch * (height / unit) * (width / unit) == 1) {
            throw new IllegalArgumentException(
                    "--norm batch sees one value a channel at the bottom of the network, which leaves nothing of it; use a larger"
                            + " --batch or a smaller --depth");
        }
    }

    /**
     * Checks that images have the size that the network was trained on.
     *
     * @param name for messages
     * @throws FormatException if they have not
     */
    public void requireSize(String name, int height, int width) throws FormatException {
        if (rows != 0 && height != rows || columns != 0 && width != columns) {
            throw new FormatException(
                    "%s: the image is %d x %d pixels, the model was trained on %d x %d; bring it there with --fit"
                            .formatted(name, height, width, rows, columns));
        }
    }

    /** The slices that the network knows. */
    public Fit.Known known() {
        return new Fit.Known(rows, columns, spacing == null ? null : spacing.median(), centre != 0);
    }

    /** The table of the network's layers. */
    public Summary summary(Layer network) {
        return Summary.of(network, Shape.of(1, rows, columns, 1));
    }

    /** This description as a file's metadata have it. */
    public Map<String, String> metadata() {
        return Map.of(KEY, toJson().compact());
    }

    /**
     * Writes a network with this description, whole or not at all.
     *
     * @param more metadata beside it
     */
    public void save(Path file, Layer network, Map<String, String> more) throws IOException {
        Map<String, String> all = new TreeMap<>(metadata());
        all.putAll(more);
        Checkpoint.save(file, network.parameters(), all);
    }

    /**
     * Reads a network.
     *
     * @param scaling of grey levels for an ONNX file that does not say it, or null
     * @throws FormatException if the file holds no network of this program, naming it
     */
    public static Loaded load(Path file, Device device, @Nullable InputScaling scaling) throws IOException {
        if (OnnxModel.is(file)) {
            return OnnxModel.load(file, device, scaling);
        }
        if (scaling != null) {
            throw new FormatException(file + ": it says itself how grey levels are scaled; leave --scaling out");
        }
        Safetensors saved = Safetensors.read(file);
        String text = saved.metadata().get(KEY);
        if (text == null) {
            throw new FormatException(
                    file + ": there is no '" + KEY + "' in the metadata; it was not written by 'unet train'");
        }
        ModelConfig config;
        try {
            config = of(Json.parse(text));
        } catch (FormatException | IllegalArgumentException e) {
            throw new FormatException(file + ": the description of the network cannot be read: " + e.getMessage(), e);
        }
        config.requireWeights(file, saved);
        Layer network = config.build(device, 0);
        Checkpoint.restore(file, saved, network.parameters());
        return new Loaded(config, network, saved.isDigested());
    }

    /** Checks that a file holds the deepest weight of each U-Net, a third of all, before memory is taken for the network. */
    private void requireWeights(Path file, Safetensors saved) throws FormatException {
        for (int m = 1; kind == Kind.UNET && m <= members; m++) {
            String name = members == 1 ? DEEPEST : Ensemble.prefix(m) + "." + DEEPEST;
            long channels = (long) base << depth;
            Safetensors.Entry weight = saved.tensors().get(name);
            if (weight == null) {
                throw new FormatException(
                        "%s: there is no tensor '%s'; the file holds a description without its network"
                                .formatted(file, name));
            }
            int[] deepest = weight.shape();
            if (deepest.length != 4 || deepest[0] != channels || deepest[3] != channels) {
                throw new FormatException("%s: %s is %s, but the description names %d channels there"
                        .formatted(file, name, Arrays.toString(deepest), channels));
            }
        }
    }

    /** This description as JSON. */
    public Json toJson() {
        SequencedMap<String, Object> m = new LinkedHashMap<>();
        m.put("kind", lower(kind));
        m.put("base", base);
        m.put("depth", depth);
        m.put("norm", lower(norm));
        m.put("classes", classes);
        m.put("rows", rows);
        m.put("columns", columns);
        m.put("input", lower(input));
        if (centre != 0) {
            m.put("centre", centre);
        }
        if (views != Views.ONE) {
            m.put("views", lower(views));
        }
        if (largest) {
            m.put("largest", true);
        }
        if (spacing != null) {
            m.put("spacing", spacing.toJson());
        }
        if (members != 1) {
            m.put("members", members);
        }
        return Json.of(m);
    }

    /**
     * The description that {@link #toJson} gives.
     *
     * @throws FormatException if a member is missing or of another kind
     * @throws IllegalArgumentException if a name is not known
     */
    public static ModelConfig of(Json json) throws FormatException {
        Json centre = json.asObject().get("centre");
        Json spacing = json.asObject().get("spacing");
        Json members = json.asObject().get("members");
        return new ModelConfig(
                Kind.valueOf(upper(json, "kind")),
                json.get("base").asInt(),
                json.get("depth").asInt(),
                Norm.valueOf(upper(json, "norm")),
                json.get("classes").asInt(),
                json.get("rows").asInt(),
                json.get("columns").asInt(),
                InputScaling.valueOf(upper(json, "input")),
                centre == null ? 0 : centre.asInt(),
                views(json),
                is(json, "largest"),
                spacing == null ? null : TrainedSpacing.of(spacing),
                members == null ? 1 : members.asInt());
    }

    /** The same of several networks. */
    ModelConfig withMembers(@Nullable TrainedSpacing spacings, int count) {
        return new ModelConfig(
                kind, base, depth, norm, classes, rows, columns, input, centre, views, largest, spacings, count);
    }

    /** Earlier models say {@code "mirror": true} where later ones say {@code "views": "mirrored"}. */
    private static Views views(Json json) throws FormatException {
        Views unsaid = is(json, "mirror") ? Views.MIRRORED : Views.ONE;
        return json.asObject().containsKey("views") ? Views.valueOf(upper(json, "views")) : unsaid;
    }

    private static boolean is(Json json, String name) throws FormatException {
        Json member = json.asObject().get(name);
        return member != null && member.asBoolean();
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    private static String upper(Json json, String name) throws FormatException {
        return json.get(name).asText().toUpperCase(Locale.ROOT);
    }
}
