package dev.aorta.bench.peers;

import static java.util.Objects.requireNonNull;
import static org.bytedeco.pytorch.global.torch.*;

import dev.aorta.bench.Trainee;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Adam;
import org.bytedeco.pytorch.AdamOptions;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;

/** A network in libtorch: its own autograd, its own Adam, its convolutions by oneDNN. */
@SuppressWarnings("try") // scopes and guards work by being open
abstract class Torch implements Trainee {
    /** How libtorch holds images and weights, and in what type it convolves. */
    enum Mode {
        FLOAT64("libtorch float64", MemoryFormat.Contiguous, ScalarType.Double),
        NCHW("libtorch NCHW", MemoryFormat.Contiguous, ScalarType.Float),
        CHANNELS_LAST("libtorch channels-last", MemoryFormat.ChannelsLast, ScalarType.Float),
        BFLOAT16("libtorch bfloat16, channels-last", MemoryFormat.ChannelsLast, ScalarType.BFloat16);

        private final String label;
        final MemoryFormat format;
        final ScalarType type;

        Mode(String label, MemoryFormat format, ScalarType type) {
            this.label = label;
            this.format = format;
            this.type = type;
        }

        /** Type of the parameters and of the loss. */
        ScalarType master() {
            return type == ScalarType.Double ? type : ScalarType.Float;
        }
    }

    final Mode mode;
    private final Map<String, Tensor> parameters;
    private final Tensor images;
    private final Tensor labels;
    private final Adam adam;

    /**
     * Takes a network that a class below computes.
     *
     * @param parameters that are trained, by name; {@link #close} closes them
     * @param images (N, C, H, W) in any type
     * @param labels classes as whole numbers
     */
    Torch(Mode mode, Map<String, Tensor> parameters, Tensor images, Tensor labels, double rate) {
        this.mode = mode;
        this.parameters = parameters;
        this.images = images.to(mode.type).clone(new MemoryFormatOptional(mode.format));
        this.labels = labels;
        adam = new Adam(new TensorVector(parameters.values().toArray(Tensor[]::new)), new AdamOptions(rate));
    }

    /** Logits of (N, C, H, W). */
    abstract Tensor forward(Tensor images, boolean training);

    /** Logits or a parameter in the layout of Aorta. */
    abstract Tensor inOrder(Tensor t);

    boolean isFloat32() {
        return mode.type == ScalarType.Float;
    }

    @Override
    public String engine() {
        return mode.label;
    }

    @Override
    public double step() {
        try (PointerScope scope = new PointerScope()) {
            double loss = backward();
            adam.step();
            return loss;
        }
    }

    @Override
    public void infer() {
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            forward(images, false);
        }
    }

    @Override
    public float[] logits() {
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            return values(forward(images, false));
        }
    }

    @Override
    public Map<String, float[]> gradients() {
        try (PointerScope scope = new PointerScope()) {
            backward();
            Map<String, float[]> result = new LinkedHashMap<>();
            parameters.forEach((name, p) -> result.put(name, values(p.grad())));
            return result;
        }
    }

    @Override
    public void close() {
        adam.close();
        parameters.values().forEach(Tensor::close);
        images.close();
        labels.close();
    }

    Tensor parameter(String name) {
        return requireNonNull(parameters.get(name), name).to(mode.type);
    }

    private double backward() {
        adam.zero_grad();
        Tensor loss = cross_entropy_loss(forward(images, true).to(mode.master()), labels);
        loss.backward();
        return loss.item_double();
    }

    private float[] values(Tensor t) {
        Tensor plain = inOrder(t).detach().to(ScalarType.Float).contiguous();
        float[] values = new float[Math.toIntExact(plain.numel())];
        new FloatPointer(plain.data_ptr_float()).get(values);
        return values;
    }
}
