package dev.aorta.zoo;

import dev.aorta.Conv2dOptions;
import dev.aorta.Parameter;
import dev.aorta.Pool2dOptions;
import dev.aorta.Scope;
import dev.aorta.Shape;
import dev.aorta.ShapeException;
import dev.aorta.Tensor;
import dev.aorta.backend.Unary;
import dev.aorta.nn.Conv2dLayer;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Layers;
import dev.aorta.nn.Pass;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A U-Net, images (N, H, W, channels) to logits (N, H, W, classes) for H and W multiples of {@code 2^depth}: a contracting path
 * of blocks of two 3x3 convolutions, each halved by a 2x2 maximum, and an expanding path of 2x2 transposed convolutions that
 * meets the blocks of the same size again. Level l has {@code base * 2^l} channels.
 *
 * <p>Names are Aorta's: {@code enc1.conv1}, {@code enc1.norm1}, {@code enc1.conv2}, .., {@code bottom}, {@code dec1.up}, {@code
 * dec1.conv1}, .., {@code head}; {@code shortcut} of a residual block, {@code gate} and {@code psi} of an attention gate, {@code
 * side} of deep supervision. Published U-Nets have no names in common; {@link dev.aorta.io.StateDict#renamed} maps theirs.
 *
 * @param channels of the image
 * @param classes of the logits
 * @param base channels of the first level
 * @param depth number of halvings, 1 to 8
 * @param norm what normalises the activations
 * @param residual whether the input of a block is added before its last ReLU, through a 1x1 convolution where channels differ
 * @param attention whether the skip connections pass attention gates, whose signal is what comes from below, enlarged: {@code
 *     skip * sigmoid(psi(relu(gate([skip, signal]))))}, 1x1 convolutions (Oktay et al. 2018, arXiv 1804.03999)
 * @param supervised whether each level of the expanding path but the first has a 1x1 convolution to logits, see {@link
 *     Network#outputs}
 * @see <a href="https://arxiv.org/abs/1505.04597">Ronneberger, Fischer and Brox 2015</a>
 */
public record UNet(
        int channels,
        int classes,
        int base,
        int depth,
        Norm norm,
        boolean residual,
        boolean attention,
        boolean supervised)
        implements Architecture {
    /** Checks the numbers. */
    public UNet {
        if (channels < 1 || classes < 1 || base < 1 || depth < 1 || depth > 8) {
            throw new IllegalArgumentException("[unet] needs at least 1 channel, 1 class, base 1 and depth 1 to 8, got "
                    + channels + ", " + classes + ", " + base + " and " + depth);
        }
    }

    /**
     * The network of the paper with padding: base 64, four halvings, no normalisation; 31,030,658 parameters for one channel
     * and two classes.
     *
     * @param channels of an image
     * @param classes number of classes
     */
    public UNet(int channels, int classes) {
        this(channels, classes, 64, 4, Norm.NONE, false, false, false);
    }

    /**
     * The same with other channels in the first level.
     *
     * @param other channels of the first level
     * @return the architecture
     */
    public UNet withBase(int other) {
        return new UNet(channels, classes, other, depth, norm, residual, attention, supervised);
    }

    /**
     * The same with another number of halvings.
     *
     * @param other number of halvings
     * @return the architecture
     */
    public UNet withDepth(int other) {
        return new UNet(channels, classes, base, other, norm, residual, attention, supervised);
    }

    /**
     * The same with another normalisation.
     *
     * @param other of all blocks
     * @return the architecture
     */
    public UNet withNorm(Norm other) {
        return new UNet(channels, classes, base, depth, other, residual, attention, supervised);
    }

    /**
     * The same with residual blocks.
     *
     * @return the architecture
     */
    public UNet withResiduals() {
        return new UNet(channels, classes, base, depth, norm, true, attention, supervised);
    }

    /**
     * The same with attention gates.
     *
     * @return the architecture
     */
    public UNet withAttention() {
        return new UNet(channels, classes, base, depth, norm, residual, true, supervised);
    }

    /**
     * The same with deep supervision.
     *
     * @return the architecture
     */
    public UNet withDeepSupervision() {
        return new UNet(channels, classes, base, depth, norm, residual, attention, true);
    }

    @Override
    public Network build(Layers net) {
        List<Layer> encoders = new ArrayList<>();
        int in = channels;
        for (int level = 0; level < depth; level++) {
            encoders.add(block(net.in("enc" + (level + 1)), in, base << level));
            in = base << level;
        }
        Layer bottom = block(net.in("bottom"), in, base << depth);
        List<Decoder> decoders = new ArrayList<>();
        for (int level = depth - 1; level >= 0; level--) {
            decoders.add(decoder(net.in("dec" + (level + 1)), base << level, supervised && level > 0));
        }
        Layer head = net.named("head").conv2d(base, classes, 1);
        String name = net.prefix().isEmpty() ? "unet" : net.prefix() + ".unet";
        return new Network(name, encoders, bottom, decoders, head);
    }

    private Decoder decoder(Layers net, int width, boolean hasSide) {
        return new Decoder(
                net.named("up").convTranspose2d(2 * width, width, 2, Conv2dOptions.SAME.withStride(2)),
                attention ? gate(net, width) : null,
                block(net, 2 * width, width),
                hasSide ? net.named("side").conv2d(width, classes, 1) : null);
    }

    private Layer block(Layers net, int in, int out) {
        Layer first = convolution(net, in, out, true);
        Layer second = convolution(net, out, out, !residual);
        if (!residual) {
            return net.sequential(first, second);
        }
        Layer shortcut = in == out ? net.identity() : net.named("shortcut").conv2d(in, out, 1);
        return net.sequential(net.residual(net.sequential(first, second), shortcut), net.relu());
    }

    private Layer convolution(Layers net, int in, int out, boolean relu) {
        Conv2dLayer conv = net.conv2d(in, out, 3);
        if (norm == Norm.NONE) {
            return relu ? conv.withRelu() : conv;
        }
        return net.sequential(conv, norm.of(net, out, relu));
    }

    private static Layer gate(Layers net, int width) {
        int inner = Math.max(1, width / 2);
        return net.sequential(
                net.named("gate").conv2d(2 * width, inner, 1).withRelu(),
                net.named("psi").conv2d(inner, 1, 1),
                net.activation(Unary.SIGMOID));
    }

    /** A level of the expanding path. */
    private record Decoder(
            Layer up,
            @Nullable Layer gate,
            Layer block,
            @Nullable Layer side) {
        /** Joins the skip connection (N, H, W, C) with what comes from below (N, H / 2, W / 2, 2 C). */
        Tensor forward(Tensor skip, Tensor below, Pass pass) {
            if (Scope.recording()) {
                return join(skip, below, pass);
            }
            try (Scope level = Scope.noGrad("a level of the U-Net")) {
                return level.keep(join(skip, below, pass));
            }
        }

        private Tensor join(Tensor skip, Tensor below, Pass pass) {
            Tensor signal = up.forward(below, pass);
            Tensor joined = Tensor.concat(-1, skip, signal);
            if (gate != null) {
                joined = Tensor.concat(-1, skip.mul(gate.forward(joined, pass)), signal);
            }
            return block.forward(joined, pass);
        }

        Stream<Layer> layers() {
            return Stream.of(up, gate, block, side).filter(Objects::nonNull).map(Layer.class::cast);
        }
    }

    /** The network, which may have more outputs than one. */
    public static final class Network implements Layer {
        private final String name;
        private final List<Layer> encoders;
        private final Layer bottom;
        private final List<Decoder> decoders; // the coarsest first
        private final Layer head;

        private Network(String name, List<Layer> encoders, Layer bottom, List<Decoder> decoders, Layer head) {
            this.name = name;
            this.encoders = List.copyOf(encoders);
            this.bottom = bottom;
            this.decoders = List.copyOf(decoders);
            this.head = head;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public Tensor forward(Tensor x, Pass pass) {
            return run(x, pass, false).getFirst();
        }

        /**
         * The logits, and with deep supervision also those of each coarser level, enlarged to the size of the image, the finest first:
         * for a loss that is a weighted sum over them, as {@code loss(outputs[0]) + loss(outputs[1]) / 2 + ..}.
         *
         * @param x (N, H, W, channels)
         * @param pass whether this is training, and of which step
         * @return (N, H, W, classes) each
         */
        public List<Tensor> outputs(Tensor x, Pass pass) {
            return run(x, pass, true);
        }

        private List<Tensor> run(Tensor x, Pass pass, boolean all) {
            requireSize(x.shape());
            List<Tensor> skips = new ArrayList<>();
            Tensor y = x;
            for (Layer encoder : encoders) {
                Tensor skip = encoder.forward(y, pass);
                skips.add(skip);
                y = skip.maxPool2d(Pool2dOptions.of(2));
            }
            y = bottom.forward(y, pass);
            List<Tensor> outputs = new ArrayList<>();
            for (Decoder decoder : decoders) {
                y = decoder.forward(skips.removeLast(), y, pass);
                if (all && decoder.side != null) {
                    outputs.addFirst(decoder.side.forward(y, pass).upsampleBilinear(1 << skips.size()));
                }
            }
            outputs.addFirst(head.forward(y, pass));
            return outputs;
        }

        private void requireSize(Shape s) {
            int unit = 1 << encoders.size();
            if (s.rank() != 4 || s.dim(1) % unit != 0 || s.dim(2) % unit != 0) {
                throw new ShapeException(
                        "unet",
                        "needs (N, H, W, C) with H and W multiples of " + unit + " (2^depth), got " + s
                                + "; crop or pad the image, or use a smaller depth");
            }
        }

        @Override
        public List<Parameter> parameters() {
            Stream<Layer> layers = Stream.of(
                            encoders.stream(),
                            Stream.of(bottom),
                            decoders.stream().flatMap(Decoder::layers),
                            Stream.of(head))
                    .flatMap(s -> s);
            return layers.flatMap(l -> l.parameters().stream()).toList();
        }
    }
}
