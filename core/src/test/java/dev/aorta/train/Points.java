package dev.aorta.train;

import dev.aorta.Device;
import dev.aorta.Shape;
import dev.aorta.Tensor;
import dev.aorta.data.Dataset;
import dev.aorta.loss.Loss;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Layers;

/** A regression: three numbers from two, by a matrix that a linear layer can learn. */
record Points(int size) implements Dataset {
    static final long SEED = 9;
    static final Loss SQUARED = (y, labels) -> {
        Tensor error = y.sub(labels);
        return error.mul(error).mean();
    };

    static Layer linear(Device device) {
        return new Layers(device, SEED).linear(2, 3);
    }

    /** With dropout, so that each step depends on its seed. */
    static Layer deep(Device device) {
        Layers net = new Layers(device, SEED);
        return net.sequential(net.linear(2, 16), net.dropout(0.2f), net.linear(16, 3));
    }

    @Override
    public Shape inputShape() {
        return Shape.of(2);
    }

    @Override
    public Shape labelShape() {
        return Shape.of(3);
    }

    @Override
    public void read(int index, float[] input, float[] label) {
        input[0] = (float) Math.sin(index);
        input[1] = (float) Math.cos(1.7 * index);
        label[0] = input[0] + input[1];
        label[1] = input[0] - 2 * input[1] + 1;
        label[2] = -input[0];
    }
}
