package dev.aorta.unet.model;

import dev.aorta.Conv2dOptions;
import dev.aorta.Device;
import dev.aorta.Parameter;
import dev.aorta.Pool2dOptions;
import dev.aorta.Scope;
import dev.aorta.Shape;
import dev.aorta.ShapeException;
import dev.aorta.Tensor;
import dev.aorta.nn.ActivationLayer;
import dev.aorta.nn.BatchNormLayer;
import dev.aorta.nn.Conv2dLayer;
import dev.aorta.nn.ConvTranspose2dLayer;
import dev.aorta.nn.GroupNormLayer;
import dev.aorta.nn.Init;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Pass;
import dev.aorta.nn.Sequential;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The U-Net: a contracting path of blocks of two 3x3 convolutions, each halved by a 2x2 maximum, and an expanding path of 2x2
 * transposed convolutions that meets the blocks of the same size again; (N, H, W, channels) to logits (N, H, W, classes).
 *
 * <p>Level l has {@code base * 2^l} channels. Padding is SAME, so that the mask is as large as the image; H and W must be
 * multiples of {@code 2^depth}.
 *
 * @see <a href="https://arxiv.org/abs/1505.04597">Ronneberger, Fischer and Brox 2015</a>
 */
public final class UNet implements Layer {
    private static final Pool2dOptions HALVE = Pool2dOptions.of(2);

    private final int depth;
    private final List<Sequential> encoders = new ArrayList<>();
    private final Sequential bottom;
    private final List<ConvTranspose2dLayer> ups = new ArrayList<>();
    private final List<Sequential> decoders = new ArrayList<>();
    private final Conv2dLayer head;

    /**
     * Makes a network with He's initial weights.
     *
     * @param channels of the image
     * @param classes background included
     * @param base channels of the first level
     * @param depth number of halvings, at least 1
     * @param seed of the initial weights
     */
    public UNet(Device device, int channels, int classes, int base, int depth, Norm norm, long seed) {
        if (channels < 1 || classes < 2 || base < 1 || depth < 1 || depth > 8) {
            throw new IllegalArgumentException(
                    "[unet] needs at least 1 channel, 2 classes, base 1 and depth 1 to 8, got " + channels + ", "
                            + classes + ", " + base + " and " + depth);
        }
        this.depth = depth;
        int in = channels;
        for (int l = 0; l < depth; l++) {
            encoders.add(block("enc" + (l + 1), device, in, base << l, norm, seed));
            in = base << l;
        }
        bottom = block("bottom", device, in, base << depth, norm, seed);
        for (int l = 0; l < depth; l++) {
            int out = base << l;
            ups.add(ConvTranspose2dLayer.of(
                    "dec" + (l + 1) + ".up",
                    device,
                    2 * out,
                    out,
                    2,
                    Conv2dOptions.SAME.withStride(2),
                    Init.HE_NORMAL,
                    seed));
            decoders.add(block("dec" + (l + 1), device, 2 * out, out, norm, seed));
        }
        head = Conv2dLayer.of("head", device, base, classes, 1, Conv2dOptions.SAME, false, Init.HE_NORMAL, seed);
    }

    @Override
    public String name() {
        return "unet";
    }

    @Override
    public Tensor forward(Tensor x, Pass pass) {
        outputShape(x.shape());
        Tensor[] skips = new Tensor[depth];
        Tensor y = x;
        for (int l = 0; l < depth; l++) {
            skips[l] =
                    l == 0 ? encoders.get(l).forward(y, pass) : encoders.get(l).consume(y, pass);
            y = skips[l].maxPool2d(HALVE);
        }
        y = bottom.consume(y, pass);
        for (int l = depth - 1; l >= 0; l--) {
            Tensor up = ups.get(l).consume(y, pass);
            y = decoders.get(l).consume(Tensor.concat(3, skips[l], up), pass);
            if (!Scope.recording()) {
                skips[l].release();
                up.release();
            }
        }
        return head.consume(y, pass);
    }

    @Override
    public Shape outputShape(Shape input) {
        int unit = 1 << depth;
        if (input.rank() != 4 || input.dim(1) % unit != 0 || input.dim(2) % unit != 0) {
            throw new ShapeException(
                    "unet",
                    "needs (N, H, W, C) with H and W multiples of " + unit + " (2^depth), got " + input
                            + "; crop or pad the image, or use a smaller depth");
        }
        Conv2dLayer first = (Conv2dLayer) encoders.getFirst().layers().getFirst();
        first.outputShape(input);
        return input.with(3, head.bias().shape().dim(0));
    }

    @Override
    public List<Parameter> parameters() {
        return layers().flatMap(l -> l.parameters().stream()).toList();
    }

    private Stream<Layer> layers() {
        Stream<Layer> down = Stream.concat(encoders.stream(), Stream.of(bottom));
        Stream<Layer> up =
                Stream.iterate(depth - 1, l -> l >= 0, l -> l - 1).flatMap(l -> Stream.of(ups.get(l), decoders.get(l)));
        return Stream.concat(Stream.concat(down, up), Stream.of(head));
    }

    private static Sequential block(String name, Device device, int in, int out, Norm norm, long seed) {
        List<Layer> layers = new ArrayList<>();
        for (int i = 1; i <= 2; i++) {
            String conv = name + ".conv" + i;
            boolean fused = norm == Norm.NONE;
            layers.add(Conv2dLayer.of(
                    conv, device, i == 1 ? in : out, out, 3, Conv2dOptions.SAME, fused, Init.HE_NORMAL, seed));
            if (!fused) {
                layers.add(normalisation(name + ".norm" + i, device, out, norm));
                layers.add(ActivationLayer.relu(name + ".relu" + i));
            }
        }
        return new Sequential(name, layers);
    }

    private static Layer normalisation(String name, Device device, int channels, Norm norm) {
        return norm == Norm.BATCH
                ? BatchNormLayer.of(name, device, channels)
                : GroupNormLayer.of(name, device, channels, channels % 8 == 0 ? channels / 8 : 1);
    }
}
