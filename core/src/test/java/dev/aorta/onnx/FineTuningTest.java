package dev.aorta.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.aorta.Device;
import dev.aorta.Scope;
import dev.aorta.Tensor;
import dev.aorta.io.Safetensors;
import dev.aorta.nn.Pass;
import dev.aorta.optim.Schedule;
import dev.aorta.optim.Sgd;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Imported networks learn as the originals do: cross-entropy before each of three steps, rate 0.1 and momentum 0.9. */
class FineTuningTest {
    /** The losses are PyTorch 1.13's, from the same weights, images and labels. */
    @ParameterizedTest
    @CsvSource({
        "lenet.torchscript, 2.3061416, 2.1914284, 1.9869852",
        "lenet.dynamo, 2.3061416, 2.1914284, 1.9869852",
        "unet-plain.torchscript, 0.7664605, 0.7476421, 0.7181815",
        "unet-plain.dynamo, 0.7664605, 0.7476421, 0.7181815"
    })
    void isWhatPyTorchDoes(String model, double first, double second, double third) throws IOException {
        Path folder = StandardCases.folder("models");
        Device device = Device.cpu();
        OnnxNetwork network = Onnx.load(folder.resolve(model + ".onnx"), device);
        Safetensors.Entry images = Safetensors.read(
                        folder.resolve(model.substring(0, model.indexOf('.')) + ".expected.safetensors"))
                .tensor("input");
        Sgd sgd = new Sgd(network.parameters(), Schedule.constant(0.1)).momentum(0.9);
        double[] losses = new double[3];
        for (int step = 0; step < losses.length; step++) {
            try (Scope scope = Scope.open()) {
                Tensor x = Tensor.of(device, images.floats(), images.shape());
                Tensor logits = network.forward(x, Pass.training(1, step));
                boolean pixels = logits.shape().rank() == 4;
                Tensor classesLast = pixels ? logits.permute(0, 2, 3, 1) : logits;
                Tensor loss = classesLast.crossEntropy(pixels ? stripes(device) : ofImages(device), null);
                losses[step] = loss.item();
                sgd.step(loss.backward());
            }
        }
        assertThat(losses).containsExactly(new double[] {first, second, third}, within(2e-6));
    }

    private static Tensor ofImages(Device device) {
        return Tensor.of(device, new float[] {0, 4, 8}, 3);
    }

    /** (2, 64, 64): class 1 where seven times the pixel's number, counted in whole rows of 64, is a multiple of three. */
    private static Tensor stripes(Device device) {
        float[] labels = new float[2 * 64 * 64];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = 7 * i / 64 % 3 == 0 ? 1 : 0;
        }
        return Tensor.of(device, labels, 2, 64, 64);
    }
}
