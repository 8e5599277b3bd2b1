package dev.aorta.zoo;

import static org.junit.jupiter.api.Assumptions.abort;

import dev.aorta.Device;
import dev.aorta.Scope;
import dev.aorta.Tensor;
import dev.aorta.io.Safetensors;
import dev.aorta.io.Safetensors.Entry;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Pass;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The networks, small and as published, and where PyTorch's answers lie: the folder that property {@code aorta.onnx} names. */
final class Zoo {
    /** Small relatives for images of 48 x 48 x 3, with three classes. */
    static final Map<String, Architecture> SMALL = new TreeMap<>(Map.ofEntries(
            Map.entry("ResNet-18", ResNet.resnet18().withWidth(4).withClasses(3)),
            Map.entry("ResNet-34", ResNet.resnet34().withWidth(4).withClasses(3)),
            Map.entry("ResNet-50", ResNet.resnet50().withWidth(4).withClasses(3)),
            Map.entry("MobileNetV2", new MobileNetV2().withWidth(0.1).withClasses(3)),
            Map.entry("MobileNetV3", new MobileNetV3().withWidth(0.1).withClasses(3)),
            Map.entry("EfficientNet", new EfficientNet().withWidth(0.1).withClasses(3)),
            Map.entry(
                    "ConvNeXt",
                    ConvNeXt.tiny().withBlocks(List.of(1, 1, 2, 1)).withWidth(8).withClasses(3)),
            Map.entry("ViT", new VisionTransformer(48, 8, 3, 12, 2, 3, 3)),
            Map.entry(
                    "FCN",
                    Fcn.resnet50().withBody(ResNet.resnet50().withWidth(4)).withClasses(3)),
            Map.entry(
                    "DeepLabV3+",
                    DeepLabV3Plus.resnet34()
                            .withEncoder(ResNet.resnet34().withWidth(4))
                            .withWidth(8)
                            .withClasses(3)),
            Map.entry("U-Net", new UNet(3, 3).withBase(4).withDepth(2)),
            Map.entry("U-Net, batch", new UNet(3, 3).withBase(4).withDepth(2).withNorm(Norm.BATCH)),
            Map.entry("U-Net, instance", new UNet(3, 3).withBase(4).withDepth(2).withNorm(Norm.INSTANCE)),
            Map.entry("U-Net, group", new UNet(3, 3).withBase(8).withDepth(2).withNorm(Norm.GROUP)),
            Map.entry(
                    "U-Net, everything",
                    new UNet(3, 3)
                            .withBase(4)
                            .withDepth(3)
                            .withNorm(Norm.BATCH)
                            .withResiduals()
                            .withAttention()
                            .withDeepSupervision())));

    private Zoo() {}

    /** A file of the folder; without that the calling test is skipped. */
    static Path shared(String file) {
        Path folder = Path.of(System.getProperty("aorta.onnx", "../../shared/data/onnx"), "models")
                .normalize();
        if (!Files.isDirectory(folder)) {
            String reason =
                    "skipped: no answers of PyTorch in %s; set aorta.onnx to a folder that has them".formatted(folder);
            System.out.println(reason);
            return abort(reason);
        }
        return folder.resolve(file);
    }

    /** Largest difference from the expected output, in units of the largest magnitude in that. */
    static double distance(Device device, Layer network, Path expected) throws IOException {
        Safetensors answers = Safetensors.read(expected);
        Entry input = answers.tensor("input");
        Entry output = answers.tensor("output");
        try (Scope run = Scope.noGrad()) {
            Tensor images = Tensor.of(device, input.floats(), input.shape()).permute(0, 2, 3, 1);
            Tensor y = network.forward(images, Pass.INFERENCE);
            float[] ours = (y.shape().rank() == 4 ? y.permute(0, 3, 1, 2) : y).toArray();
            float[] theirs = output.floats();
            double largest = 0;
            double apart = 0;
            for (int i = 0; i < theirs.length; i++) {
                largest = Math.max(largest, Math.abs(theirs[i]));
                apart = Math.max(apart, Math.abs(theirs[i] - ours[i]));
            }
            return apart / largest;
        }
    }
}
