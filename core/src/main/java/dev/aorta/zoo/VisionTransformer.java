package dev.aorta.zoo;

import dev.aorta.Conv2dOptions;
import dev.aorta.Parameter;
import dev.aorta.Shape;
import dev.aorta.Tensor;
import dev.aorta.nn.Init;
import dev.aorta.nn.Layer;
import dev.aorta.nn.LayerNormLayer;
import dev.aorta.nn.Layers;
import dev.aorta.nn.LinearLayer;
import dev.aorta.nn.Pass;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A vision transformer, images (N, size, size, channels) to logits (N, classes): each patch a word of a sequence that attends to
 * itself, behind a class token. Torchvision has no tiny one; structure and names are timm's {@code vit_tiny_patch16_224}, with
 * 5,717,416 parameters for 1000 classes.
 *
 * @param size rows and columns of the image
 * @param patch rows and columns of a patch, divides the size
 * @param channels of the image
 * @param width of the sequence
 * @param depth blocks
 * @param heads of the attention, divides the width
 * @param classes of the logits
 * @see <a href="https://arxiv.org/abs/2010.11929">Dosovitskiy et al. 2021</a>
 */
public record VisionTransformer(int size, int patch, int channels, int width, int depth, int heads, int classes)
        implements Architecture {
    /** Checks the numbers. */
    public VisionTransformer {
        if (size % patch != 0 || width % heads != 0) {
            throw new IllegalArgumentException("[vit] patches of " + patch + " must divide the size " + size + ", and "
                    + heads + " heads the width " + width);
        }
    }

    /**
     * For images of 224 x 224 x 3 and 1000 classes.
     *
     * @return the architecture
     */
    public static VisionTransformer tiny() {
        return new VisionTransformer(224, 16, 3, 192, 12, 3, 1000);
    }

    /**
     * The same for images of another size.
     *
     * @param other rows and columns of an image
     * @return the architecture
     */
    public VisionTransformer withSize(int other) {
        return new VisionTransformer(other, patch, channels, width, depth, heads, classes);
    }

    /**
     * The same for images of other channels.
     *
     * @param other channels of an image
     * @return the architecture
     */
    public VisionTransformer withChannels(int other) {
        return new VisionTransformer(size, patch, other, width, depth, heads, classes);
    }

    /**
     * The same for other classes.
     *
     * @param other number of classes
     * @return the architecture
     */
    public VisionTransformer withClasses(int other) {
        return new VisionTransformer(size, patch, channels, width, depth, heads, other);
    }

    @Override
    public Layer build(Layers root) {
        Layers net = root.with(Init.GLOROT_UNIFORM);
        int patches = size / patch * (size / patch);
        Parameter token = net.named("cls_token").constant(0, 1, 1, width);
        Parameter positions = net.with(Init.TORCH_DEFAULT).named("pos_embed").parameter(1, patches + 1, width);
        List<Layer> chain = new ArrayList<>();
        chain.add(net.in("patch_embed")
                .named("proj")
                .conv2d(channels, width, patch, Conv2dOptions.VALID.withStride(patch)));
        chain.add(net.function(
                x -> {
                    int n = x.shape().dim(0);
                    Tensor tokens = token.expand(Shape.of(n, 1, width));
                    return Tensor.concat(1, tokens, x.reshape(n, patches, width))
                            .add(positions);
                },
                token,
                positions));
        for (int i = 0; i < depth; i++) {
            chain.add(block(net.in("blocks").in("" + i)));
        }
        chain.add(norm(net, "norm"));
        chain.add(net.function(x -> x.slice(1, 0, 1).squeeze(1)));
        chain.add(net.named("head").linear(width, classes));
        return net.named("vit").sequential(chain.toArray(Layer[]::new));
    }

    private Layer block(Layers net) {
        Layers attention = net.in("attn");
        Layers mlp = net.in("mlp");
        return net.sequential(
                net.residual(net.sequential(
                        norm(net, "norm1"),
                        new Attention(
                                attention.prefix(),
                                attention.named("qkv").linear(width, 3 * width),
                                attention.named("proj").linear(width, width),
                                heads))),
                net.residual(net.sequential(
                        norm(net, "norm2"),
                        mlp.named("fc1").linear(width, 4 * width),
                        net.gelu(),
                        mlp.named("fc2").linear(4 * width, width))));
    }

    private LayerNormLayer norm(Layers net, String name) {
        return net.named(name).layerNorm(width).withEpsilon(1e-6f);
    }

    /**
     * Self-attention (N, T, width) whose queries, keys and values are one linear map.
     *
     * @param packed its output is (N, T, 3 width): queries, keys, values
     */
    private record Attention(String name, LinearLayer packed, LinearLayer output, int heads) implements Layer {
        @Override
        public Tensor forward(Tensor x, Pass pass) {
            Shape s = x.shape();
            int share = s.dim(2) / heads;
            Tensor qkv = packed.forward(x, pass)
                    .reshape(s.dim(0), s.dim(1), 3, heads, share)
                    .permute(2, 0, 3, 1, 4); // (3, N, heads, T, share)
            Tensor q = qkv.slice(0, 0, 1).squeeze(0);
            Tensor k = qkv.slice(0, 1, 2).squeeze(0);
            Tensor v = qkv.slice(0, 2, 3).squeeze(0);
            Tensor weights = q.mul((float) (1 / Math.sqrt(share)))
                    .matmul(k.transpose(-2, -1))
                    .softmax();
            Tensor seen = weights.matmul(v).transpose(1, 2).reshape(s.dims());
            return output.forward(seen, pass);
        }

        @Override
        public List<Parameter> parameters() {
            return Stream.of(packed, output)
                    .flatMap(l -> l.parameters().stream())
                    .toList();
        }
    }
}
