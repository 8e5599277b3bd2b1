package dev.aorta.bench.peers;

import static dev.aorta.bench.peers.Libtorch.channelsFirst;
import static dev.aorta.bench.peers.Libtorch.channelsLast;
import static dev.aorta.bench.peers.Operand.normal;
import static org.bytedeco.pytorch.global.torch.*;

import dev.aorta.nn.Pass;
import dev.aorta.zoo.Architecture;
import dev.aorta.zoo.ConvNeXt;
import dev.aorta.zoo.DeepLabV3Plus;
import dev.aorta.zoo.EfficientNet;
import dev.aorta.zoo.Fcn;
import dev.aorta.zoo.MobileNetV2;
import dev.aorta.zoo.MobileNetV3;
import dev.aorta.zoo.Norm;
import dev.aorta.zoo.ResNet;
import dev.aorta.zoo.UNet;
import dev.aorta.zoo.VisionTransformer;
import java.util.List;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;

/**
 * Small relatives of the networks of the zoo, written as torchvision, timm and segmentation_models.pytorch have them. They run
 * as in evaluation, without dropout and by the running statistics, with gradients.
 */
final class ZooTwins {
    private static final float BN = 1e-5f;
    private static final int SIDE = 64;

    private ZooTwins() {}

    static List<Twin> all() {
        ResNet small = ResNet.resnet50().withWidth(4);
        ResNet basic = ResNet.resnet34().withWidth(4);
        VisionTransformer vit = new VisionTransformer(SIDE, 16, 3, 24, 2, 3, 5);
        UNet unet = new UNet(3, 3)
                .withBase(4)
                .withDepth(2)
                .withNorm(Norm.BATCH)
                .withResiduals()
                .withAttention();
        return List.of(
                classifier("zoo ResNet-18", ResNet.resnet18().withWidth(8).withClasses(5), ZooTwins::resnet18),
                classifier("zoo ResNet-50", small.withClasses(5), ZooTwins::resnet50),
                classifier("zoo MobileNetV2", new MobileNetV2().withWidth(0.25).withClasses(5), ZooTwins::mobileNetV2),
                classifier("zoo MobileNetV3", new MobileNetV3().withWidth(0.5).withClasses(5), ZooTwins::mobileNetV3),
                classifier(
                        "zoo EfficientNet", new EfficientNet().withWidth(0.25).withClasses(5), ZooTwins::efficientNet),
                classifier(
                        "zoo ConvNeXt",
                        ConvNeXt.tiny()
                                .withBlocks(List.of(2, 1, 2, 1))
                                .withWidth(8)
                                .withClasses(5),
                        ZooTwins::convNeXt),
                classifier("zoo ViT", vit, ZooTwins::transformer),
                masks("zoo FCN", new Fcn(small, 3), ZooTwins::fcn),
                masks("zoo DeepLabV3+", new DeepLabV3Plus(basic, 16, 3), ZooTwins::deepLab),
                masks("zoo U-Net", unet, ZooTwins::unet));
    }

    private static Twin classifier(String name, Architecture ours, Networks.Forward theirs) {
        return twin(name, ours, normal(2, 5), theirs);
    }

    private static Twin masks(String name, Architecture ours, Networks.Forward theirs) {
        return twin(name, ours, normal(2, SIDE, SIDE, 3), (w, x) -> channelsLast(theirs.of(w, x)));
    }

    private static Twin twin(String name, Architecture ours, Operand labels, Networks.Forward theirs) {
        return Networks.twin(
                name,
                device -> Weights.nudged(ours.build(device, 42)),
                Pass.INFERENCE,
                normal(2, SIDE, SIDE, 3).constant(),
                labels.constant(),
                (w, x) -> theirs.of(w, channelsFirst(x)));
    }

    // ---- residual networks

    /** Strides of the last two stages, and the dilations of their first block and of the others. */
    private record Dilations(int stride3, int first3, int others3, int stride4, int first4, int others4) {
        private static final Dilations NONE = new Dilations(2, 1, 1, 2, 1, 1);
    }

    static Tensor resnet18(Weights w, Tensor x) {
        return resnet(w, x, List.of(2, 2, 2, 2), false);
    }

    static Tensor resnet50(Weights w, Tensor x) {
        return resnet(w, x, List.of(3, 4, 6, 3), true);
    }

    private static Tensor resnet(Weights w, Tensor x, List<Integer> blocks, boolean bottleneck) {
        return w.linear(
                "fc", features(w, "", x, blocks, bottleneck, Dilations.NONE).mean(2, 3));
    }

    private static Tensor features(
            Weights w, String prefix, Tensor x, List<Integer> blocks, boolean bottleneck, Dilations d) {
        Tensor y = stem(w, prefix, x);
        y = stage(w, prefix + "layer1.", y, blocks.get(0), bottleneck, 1, 1, 1);
        y = stage(w, prefix + "layer2.", y, blocks.get(1), bottleneck, 2, 1, 1);
        y = stage(w, prefix + "layer3.", y, blocks.get(2), bottleneck, d.stride3, d.first3, d.others3);
        return stage(w, prefix + "layer4.", y, blocks.get(3), bottleneck, d.stride4, d.first4, d.others4);
    }

    private static Tensor stem(Weights w, String prefix, Tensor x) {
        Tensor y = relu_(w.norm(prefix + "bn1", w.convolution(prefix + "conv1", x, 2, 3), BN));
        return max_pool2d(y, new long[] {3, 3}, new long[] {2, 2}, new long[] {1, 1}, new long[] {1, 1}, false);
    }

    private static Tensor stage(
            Weights w, String at, Tensor x, int blocks, boolean bottleneck, int stride, int first, int others) {
        Tensor y = x;
        for (int i = 0; i < blocks; i++) {
            y = residual(w, at + i + ".", y, bottleneck, i == 0 ? stride : 1, i == 0 ? first : others);
        }
        return y;
    }

    private static Tensor residual(Weights w, String at, Tensor x, boolean bottleneck, int stride, int dilation) {
        Tensor y;
        if (bottleneck) {
            y = relu_(convNorm(w, at, "1", x, 1, 0, 1));
            y = relu_(convNorm(w, at, "2", y, stride, dilation, dilation));
            y = convNorm(w, at, "3", y, 1, 0, 1);
        } else {
            y = relu_(convNorm(w, at, "1", x, stride, dilation, dilation));
            y = convNorm(w, at, "2", y, 1, dilation, dilation);
        }
        Tensor shortcut = w.has(at + "downsample.0.weight")
                ? w.norm(at + "downsample.1", w.convolution(at + "downsample.0", x, stride, 0), BN)
                : x;
        return relu_(y.add_(shortcut));
    }

    private static Tensor convNorm(Weights w, String at, String n, Tensor x, long stride, long padding, long dilation) {
        return w.norm(at + "bn" + n, w.convolution(at + "conv" + n, x, stride, padding, dilation), BN);
    }

    // ---- inverted residuals

    /** {@code at.0} and {@code at.1}. */
    private static Tensor pair(Weights w, String at, Tensor x, long stride, float epsilon) {
        long kernel = w.get(at + ".0.weight").size(1);
        return w.norm(at + ".1", w.convolution(at + ".0", x, stride, kernel / 2), epsilon);
    }

    static Tensor mobileNetV2(Weights w, Tensor x) {
        int[] strides = {1, 2, 1, 2, 1, 1, 2, 1, 1, 1, 1, 1, 1, 2, 1, 1, 1};
        Tensor y = relu6_(pair(w, "features.0", x, 2, BN));
        for (int i = 1; i <= strides.length; i++) {
            String at = "features." + i + ".conv.";
            int next = 0;
            Tensor z = y;
            if (i > 1) {
                z = relu6_(pair(w, at + next++, z, 1, BN));
            }
            z = relu6_(pair(w, at + next++, z, strides[i - 1], BN));
            z = w.norm(at + (next + 1), w.convolution(at + next, z, 1, 0), BN);
            y = strides[i - 1] == 1 && z.size(1) == y.size(1) ? z.add_(y) : z;
        }
        return w.linear("classifier.1", relu6_(pair(w, "features.18", y, 1, BN)).mean(2, 3));
    }

    private static Tensor mobileNetV3(Weights w, Tensor x) {
        int[] strides = {2, 2, 1, 2, 1, 1, 1, 1, 2, 1, 1};
        float epsilon = 1e-3f;
        Tensor y = hardswish(pair(w, "features.0", x, 2, epsilon));
        for (int i = 1; i <= strides.length; i++) {
            UnaryOperator<Tensor> activation = i <= 3 ? t -> relu(t) : t -> hardswish(t);
            String at = "features." + i + ".block.";
            y = inverted(w, at, y, strides[i - 1], epsilon, activation, t -> relu(t), t -> hardsigmoid(t));
        }
        y = hardswish(pair(w, "features.12", y, 1, epsilon)).mean(2, 3);
        return w.linear("classifier.3", hardswish(w.linear("classifier.0", y)));
    }

    static Tensor efficientNet(Weights w, Tensor x) {
        int[] blocks = {1, 2, 2, 3, 3, 4, 1};
        int[] strides = {1, 2, 2, 2, 1, 2, 1};
        Tensor y = silu(pair(w, "features.0", x, 2, BN));
        for (int stage = 1; stage <= blocks.length; stage++) {
            for (int i = 0; i < blocks[stage - 1]; i++) {
                String at = "features." + stage + "." + i + ".block.";
                int stride = i == 0 ? strides[stage - 1] : 1;
                y = inverted(w, at, y, stride, BN, t -> silu(t), t -> silu(t), t -> sigmoid(t));
            }
        }
        return w.linear("classifier.1", silu(pair(w, "features.8", y, 1, BN)).mean(2, 3));
    }

    /** What parts there are, the names tell. */
    private static Tensor inverted(
            Weights w,
            String at,
            Tensor x,
            long stride,
            float epsilon,
            UnaryOperator<Tensor> activation,
            UnaryOperator<Tensor> squeeze,
            UnaryOperator<Tensor> gate) {
        int next = 0;
        Tensor y = x;
        if (w.get(at + "0.0.weight").size(3) > 1) { // not depthwise
            y = activation.apply(pair(w, at + next++, y, 1, epsilon));
        }
        y = activation.apply(pair(w, at + next++, y, stride, epsilon));
        if (w.has(at + next + ".fc1.weight")) {
            Tensor mean = y.mean(2, 3).unsqueeze(-1).unsqueeze(-1);
            Tensor squeezed = squeeze.apply(w.convolution(at + next + ".fc1", mean, 1, 0));
            y = mul(gate.apply(w.convolution(at + next++ + ".fc2", squeezed, 1, 0)), y);
        }
        y = pair(w, at + next, y, 1, epsilon);
        return stride == 1 && y.size(1) == x.size(1) ? add(y, x) : y;
    }

    // ---- normalised by layer

    private static Tensor convNeXt(Weights w, Tensor x) {
        int[] blocks = {2, 1, 2, 1};
        Tensor y = normFirst(w, "features.0.1", w.convolution("features.0.0", x, 4, 0));
        for (int stage = 0; stage < blocks.length; stage++) {
            if (stage > 0) {
                String at = "features." + 2 * stage;
                y = w.convolution(at + ".1", normFirst(w, at + ".0", y), 2, 0);
            }
            for (int i = 0; i < blocks[stage]; i++) {
                String at = "features." + (2 * stage + 1) + "." + i;
                Tensor z = channelsLast(w.convolution(at + ".block.0", y, 1, 3));
                z = w.linear(at + ".block.3", w.layerNorm(at + ".block.2", z, 1e-6f));
                z = channelsFirst(w.linear(at + ".block.5", gelu(z)));
                y = add(y, mul(w.get(at + ".layer_scale"), z));
            }
        }
        Tensor mean = w.layerNorm("classifier.0", y.mean(2, 3), 1e-6f);
        return w.linear("classifier.2", mean);
    }

    /** Over the channels of (N, C, H, W). */
    private static Tensor normFirst(Weights w, String name, Tensor x) {
        return channelsFirst(w.layerNorm(name, channelsLast(x), 1e-6f));
    }

    private static Tensor transformer(Weights w, Tensor x) {
        Tensor y = flatten(w.convolution("patch_embed.proj", x, 16, 0), 2, 3).transpose(1, 2);
        y = cat(new TensorVector(w.get("cls_token").expand(x.size(0), -1, -1), y), 1);
        y = add(y, w.get("pos_embed"));
        for (int i = 0; i < 2; i++) {
            String at = "blocks." + i + ".";
            y = add(y, attention(w, at + "attn.", w.layerNorm(at + "norm1", y, 1e-6f), 3));
            Tensor wide = gelu(w.linear(at + "mlp.fc1", w.layerNorm(at + "norm2", y, 1e-6f)));
            y = add(y, w.linear(at + "mlp.fc2", wide));
        }
        return w.linear("head", w.layerNorm("norm", y, 1e-6f).select(1, 0));
    }

    private static Tensor attention(Weights w, String at, Tensor x, long heads) {
        long n = x.size(0);
        long t = x.size(1);
        long width = x.size(2);
        Tensor qkv =
                w.linear(at + "qkv", x).reshape(n, t, 3, heads, width / heads).permute(2, 0, 3, 1, 4);
        Tensor seen = scaled_dot_product_attention(qkv.select(0, 0), qkv.select(0, 1), qkv.select(0, 2));
        return w.linear(at + "proj", seen.transpose(1, 2).reshape(n, t, width));
    }

    // ---- masks

    private static Tensor fcn(Weights w, Tensor x) {
        Tensor y = features(w, "backbone.", x, List.of(3, 4, 6, 3), true, new Dilations(1, 1, 2, 1, 2, 4));
        y = relu(pair(w, "classifier", y, 1, BN));
        return enlarged(w.convolution("classifier.4", y, 1, 0), x.size(2), x.size(3), false);
    }

    private static Tensor deepLab(Weights w, Tensor x) {
        Tensor fine = stage(w, "encoder.layer1.", stem(w, "encoder.", x), 3, false, 1, 1, 1);
        Tensor y = stage(w, "encoder.layer2.", fine, 4, false, 2, 1, 1);
        y = stage(w, "encoder.layer3.", y, 6, false, 2, 1, 1);
        y = stage(w, "encoder.layer4.", y, 3, false, 1, 2, 2);
        String at = "decoder.aspp.0.";
        Tensor mean = y.mean(2, 3).unsqueeze(-1).unsqueeze(-1);
        mean = relu(w.norm(at + "convs.4.2", w.convolution(at + "convs.4.1", mean, 1, 0), BN));
        TensorVector branches = new TensorVector(
                relu(pair(w, at + "convs.0", y, 1, BN)),
                atrous(w, at + "convs.1", y, 12),
                atrous(w, at + "convs.2", y, 24),
                atrous(w, at + "convs.3", y, 36),
                enlarged(mean, y.size(2), y.size(3), false));
        y = relu(pair(w, at + "project", cat(branches, 1), 1, BN));
        y = relu(w.norm("decoder.aspp.2", separable(w, "decoder.aspp.1", y, 1), BN));
        y = enlarged(y, 4 * y.size(2), 4 * y.size(3), true);
        y = cat(new TensorVector(y, relu(pair(w, "decoder.block1", fine, 1, BN))), 1);
        y = relu(w.norm("decoder.block2.1", separable(w, "decoder.block2.0", y, 1), BN));
        y = w.convolution("segmentation_head.0", y, 1, 0);
        return enlarged(y, 4 * y.size(2), 4 * y.size(3), true);
    }

    private static Tensor atrous(Weights w, String at, Tensor x, long dilation) {
        return relu(w.norm(at + ".1", separable(w, at + ".0", x, dilation), BN));
    }

    private static Tensor separable(Weights w, String at, Tensor x, long dilation) {
        return w.convolution(at + ".1", w.convolution(at + ".0", x, 1, dilation, dilation), 1, 0);
    }

    private static Tensor enlarged(Tensor x, long height, long width, boolean corners) {
        return upsample_bilinear2d(x, new long[] {height, width}, corners);
    }

    /** Two levels, residual blocks with batch normalisation, attention gates. */
    private static Tensor unet(Weights w, Tensor x) {
        Tensor first = block(w, "enc1.", x);
        Tensor second = block(w, "enc2.", max_pool2d(first, 2, 2));
        Tensor y = block(w, "bottom.", max_pool2d(second, 2, 2));
        y = joined(w, "dec2.", second, y);
        y = joined(w, "dec1.", first, y);
        return w.convolution("head", y, 1, 0);
    }

    private static Tensor joined(Weights w, String at, Tensor skip, Tensor below) {
        Tensor signal = w.transposed(at + "up", below, 2, 0);
        Tensor gate = relu(w.convolution(at + "gate", cat(new TensorVector(skip, signal), 1), 1, 0));
        Tensor seen = mul(skip, sigmoid(w.convolution(at + "psi", gate, 1, 0)));
        return block(w, at, cat(new TensorVector(seen, signal), 1));
    }

    private static Tensor block(Weights w, String at, Tensor x) {
        Tensor y = relu(w.norm(at + "norm1", w.convolution(at + "conv1", x, 1, 1), BN));
        y = w.norm(at + "norm2", w.convolution(at + "conv2", y, 1, 1), BN);
        return relu(add(y, w.convolution(at + "shortcut", x, 1, 0)));
    }
}
