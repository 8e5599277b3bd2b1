package dev.aorta.unet.serve;

import dev.aorta.Device;
import dev.aorta.Scope;
import dev.aorta.Shape;
import dev.aorta.Tensor;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Model;
import dev.aorta.nn.Pass;
import dev.aorta.serve.Batching;
import dev.aorta.serve.Models;
import dev.aorta.serve.ServedModel;
import dev.aorta.unet.imaging.InputSlice;
import dev.aorta.unet.imaging.Sha256;
import dev.aorta.unet.model.InputScaling;
import dev.aorta.unet.model.ModelConfig;
import dev.aorta.unet.monitor.LiveMonitor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.WeakHashMap;
import org.jspecify.annotations.Nullable;

/** Loads the networks that a server may be told to load. */
public final class SegmentModels implements Models.Loader {
    private final ModelFiles files;
    private final Device device;
    private final @Nullable InputScaling scaling;
    private final Batching batching;
    private final Map<ServedModel, Known> known = Collections.synchronizedMap(new WeakHashMap<>());
    private volatile @Nullable LiveMonitor monitor;

    /**
     * What is known of a model that is loaded.
     *
     * @param file that it was loaded from
     * @param network as it was trained, for explanations
     * @param digest SHA-256 of its file
     */
    record Known(Path file, ModelConfig config, Layer network, String digest) {}

    /**
     * Nothing is loaded yet.
     *
     * @param scaling of grey levels for ONNX files that do not say it, or null
     */
    public SegmentModels(ModelFiles files, Device device, @Nullable InputScaling scaling, Batching batching) {
        this.files = files;
        this.device = device;
        this.scaling = scaling;
        this.batching = batching;
    }

    @Override
    public @Nullable String version(String name, String alias) throws IOException {
        return files.version(name, alias);
    }

    @Override
    public @Nullable ServedModel load(String name, String version) throws IOException {
        Path file = files.file(name, version);
        if (file == null) {
            return null;
        }
        String digest = Sha256.of(file);
        Known[] loading = new Known[1];
        Model model = Model.<IOException>of(() -> {
            ModelConfig.Loaded loaded = ModelConfig.load(file, device, scaling);
            loading[0] = new Known(file, loaded.config(), loaded.network(), digest);
            return loaded.config().finished(loaded.network(), device);
        });
        ModelConfig config = loading[0].config();
        try {
            model.run(network -> warm(network, config));
        } catch (RuntimeException | Error e) {
            model.close();
            throw e;
        }
        int rows = config.rows() == 0 ? -1 : config.rows();
        int columns = config.columns() == 0 ? -1 : config.columns();
        ServedModel served = new ServedModel(
                model,
                device,
                new ServedModel.Port("image", -1, rows, columns, 1),
                new ServedModel.Port("logits", -1, rows, columns, config.classes()),
                batching);
        known.put(served, loading[0]);
        return served;
    }

    /** One prediction, so that the first caller does not wait for what is made once. */
    private int warm(Layer network, ModelConfig config) {
        if (config.rows() == 0 || config.columns() == 0) {
            return 0;
        }
        try (Scope scope = Scope.noGrad()) {
            Tensor image = Tensor.zeros(device, Shape.of(1, config.rows(), config.columns(), 1));
            return network.forward(image, Pass.INFERENCE).toArray().length;
        }
    }

    /** Has the images that are answered from now on watched. */
    public void watchedBy(LiveMonitor live) {
        monitor = live;
    }

    /** Tells who watches of an image that a model answers. */
    void answers(ServedModel served, InputSlice slice) {
        LiveMonitor live = monitor;
        if (live != null) {
            Known of = known(served);
            live.seen(of.file(), served.model(), of.config(), device, slice);
        }
    }

    Device device() {
        return device;
    }

    Known known(ServedModel served) {
        return Objects.requireNonNull(known.get(served));
    }

    /** SHA-256 of a served model's file. */
    public String digest(ServedModel served) {
        return known(served).digest();
    }
}
