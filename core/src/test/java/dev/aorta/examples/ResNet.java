package dev.aorta.examples;

import dev.aorta.Conv2dOptions;
import dev.aorta.Device;
import dev.aorta.Padding;
import dev.aorta.Scope;
import dev.aorta.data.DataLoader;
import dev.aorta.loss.Loss;
import dev.aorta.metric.ClassificationMeter;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Layers;
import dev.aorta.optim.Optimizer;
import dev.aorta.optim.Schedule;
import dev.aorta.optim.Sgd;
import dev.aorta.train.Trainer;

/**
 * A ResNet-18 that reads digits: residuals, batch normalisation, convolutions without bias, global pooling.
 *
 * @see <a href="https://arxiv.org/abs/1512.03385">He et al. 2016</a>
 */
public final class ResNet {
    private ResNet() {}

    public static Layer network(Device device, int width) { // 64 in the paper
        Layers net = new Layers(device, 42);
        return net.sequential(
                convolution(net, 1, width, 3, 1),
                net.relu(),
                stage(net.in("stage1"), width, width, 1),
                stage(net.in("stage2"), width, 2 * width, 2),
                stage(net.in("stage3"), 2 * width, 4 * width, 2),
                stage(net.in("stage4"), 4 * width, 8 * width, 2),
                net.globalAvgPool2d(),
                net.linear(8 * width, 10));
    }

    private static Layer stage(Layers net, int in, int out, int stride) {
        return net.sequential(block(net.in("block1"), in, out, stride), block(net.in("block2"), out, out, 1));
    }

    private static Layer block(Layers net, int in, int out, int stride) {
        Layer body = net.sequential(convolution(net, in, out, 3, stride), net.relu(), convolution(net, out, out, 3, 1));
        Layer shortcut = in == out ? net.identity() : convolution(net, in, out, 1, stride);
        return net.sequential(net.residual(body, shortcut), net.relu());
    }

    private static Layer convolution(Layers net, int in, int out, int kernel, int stride) {
        Conv2dOptions options =
                Conv2dOptions.SAME.withPadding(Padding.of(kernel / 2)).withStride(stride);
        return net.sequential(net.conv2d(in, out, kernel, options).withoutBias(), net.batchNorm(out));
    }

    /** Trains; returns the share of digits that it reads right among 500 that it has not seen. */
    public static double run() {
        try (Device device = Device.auto();
                Scope model = Scope.open()) {
            Layer network = network(device, 16);
            DataLoader training = new DataLoader(Digits.labelled(1000, 1), 20).shuffled(1);
            DataLoader test = new DataLoader(Digits.labelled(500, 2), 100);
            int epochs = 2;
            Schedule schedule = Schedule.cosine(0.05, 0, (long) epochs * training.batches());
            Optimizer sgd =
                    new Sgd(network.parameters(), schedule).nesterov(0.9).weightDecay(5e-4);
            return new Trainer(network, device, Loss.crossEntropy(), sgd)
                    .meter(() -> new ClassificationMeter(10))
                    .fit(training, test, epochs)
                    .epochs()
                    .getLast()
                    .judged()
                    .get("accuracy");
        }
    }
}
