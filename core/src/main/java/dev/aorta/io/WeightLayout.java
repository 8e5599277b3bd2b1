package dev.aorta.io;

import dev.aorta.io.Safetensors.Entry;
import java.util.Map;

/** Whose names and layouts the weights of a file have. */
public enum WeightLayout {
    /** {@code layer1.0.conv1.weight}, convolutions (out, in / groups, kH, kW), linear maps (out, in). */
    PYTORCH {
        @Override
        String torchName(String name) {
            return name;
        }

        @Override
        Entry torchLayout(String name, Entry tensor) {
            return tensor;
        }
    },

    /**
     * {@code conv2d_1/kernel} or {@code conv2d_1/kernel:0}: slashes are dots, {@code kernel} and {@code embeddings} are {@code
     * weight}, {@code gamma} and {@code beta} are {@code weight} and {@code bias}, {@code moving_mean} and {@code moving_variance}
     * are {@code running_mean} and {@code running_var}, {@code alpha} of PReLU is {@code weight}, {@code pointwise_kernel} of a
     * separable convolution is {@code pointwise.weight}.
     *
     * <p>Kernels of convolutions are (kH, kW, in, out), of transposed ones (kH, kW, out, in), of sequences (k, in, out), of dense
     * layers (in, out). A kernel with {@code depthwise} in its name is (kH, kW, in, multiplier), and becomes that of a convolution
     * with as many groups as channels.
     */
    KERAS {
        @Override
        String torchName(String name) {
            String dotted = withoutNumber(name).replace('/', '.');
            String last = StateDict.last(dotted);
            return dotted.substring(0, dotted.length() - last.length()) + KERAS_NAMES.getOrDefault(last, last);
        }

        @Override
        Entry torchLayout(String name, Entry tensor) {
            int[] s = tensor.shape();
            if (!withoutNumber(name).endsWith("kernel") || s.length < 2 || s.length > 4) {
                return tensor;
            }
            if (s.length == 4 && name.contains("depthwise")) {
                return tensor.permuted(2, 3, 0, 1).reshaped(s[2] * s[3], 1, s[0], s[1]);
            }
            return switch (s.length) {
                case 2 -> tensor.permuted(1, 0);
                case 3 -> tensor.permuted(2, 1, 0);
                default -> tensor.permuted(3, 2, 0, 1);
            };
        }
    };

    private static final Map<String, String> KERAS_NAMES = Map.of(
            "kernel", "weight",
            "depthwise_kernel", "weight",
            "pointwise_kernel", "pointwise.weight",
            "embeddings", "weight",
            "gamma", "weight",
            "beta", "bias",
            "alpha", "weight",
            "moving_mean", "running_mean",
            "moving_variance", "running_var");

    /** The name that PyTorch would give a tensor. */
    abstract String torchName(String name);

    /** A tensor in the layout that PyTorch would give it. */
    abstract Entry torchLayout(String name, Entry tensor);

    private static String withoutNumber(String name) {
        int colon = name.lastIndexOf(':');
        return colon < 0 ? name : name.substring(0, colon);
    }
}
