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

/** The model files that a server may load, by name and version. */
public final class SegmentModels implements Models.Loader {
    private final Map<String, Path> files;
    private final Device device;
    private final @Nullable InputScaling scaling;
    private final Batching batching;
    private final Map<ServedModel, ModelConfig> configs = Collections.synchronizedMap(new WeakHashMap<>());
    private final Map<ServedModel, Path> sources = Collections.synchronizedMap(new WeakHashMap<>());
    private volatile @Nullable LiveMonitor monitor;

    /**
     * Nothing is loaded yet.
     *
     * @param files by {@code name/version}
     * @param scaling of grey levels for ONNX files that do not say it, or null
     */
    public SegmentModels(Map<String, Path> files, Device device, @Nullable InputScaling scaling, Batching batching) {
        this.files = Map.copyOf(files);
        this.device = device;
        this.scaling = scaling;
        this.batching = batching;
    }

    @Override
    public @Nullable ServedModel load(String name, String version) throws IOException {
        Path file = files.get(name + "/" + version);
        if (file == null) {
            return null;
        }
        ModelConfig[] config = new ModelConfig[1];
        Model model = Model.<IOException>of(() -> {
            ModelConfig.Loaded loaded = ModelConfig.load(file, device, scaling);
            config[0] = loaded.config();
            return loaded.config().finished(loaded.network(), device);
        });
        try {
            model.run(network -> warm(network, config[0]));
        } catch (RuntimeException | Error e) {
            model.close();
            throw e;
        }
        int rows = config[0].rows() == 0 ? -1 : config[0].rows();
        int columns = config[0].columns() == 0 ? -1 : config[0].columns();
        ServedModel served = new ServedModel(
                model,
                device,
                new ServedModel.Port("image", -1, rows, columns, 1),
                new ServedModel.Port("logits", -1, rows, columns, config[0].classes()),
                batching);
        configs.put(served, config[0]);
        sources.put(served, file);
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

    /** Tells who watches of an image that a model answered. */
    void answered(ServedModel served, InputSlice slice) {
        LiveMonitor live = monitor;
        if (live != null) {
            live.seen(Objects.requireNonNull(sources.get(served)), served.model(), config(served), device, slice);
        }
    }

    Device device() {
        return device;
    }

    ModelConfig config(ServedModel served) {
        return Objects.requireNonNull(configs.get(served));
    }
}
