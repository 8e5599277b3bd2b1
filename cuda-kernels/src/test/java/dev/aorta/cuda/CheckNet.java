package dev.aorta.cuda;

import dev.aorta.Conv2dOptions;
import dev.aorta.Device;
import dev.aorta.Parameter;
import dev.aorta.Pool2dOptions;
import dev.aorta.Tensor;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Layers;
import dev.aorta.nn.Pass;
import java.util.ArrayList;
import java.util.List;

/** The U-Net of the benchmarks: two 3x3 convolutions a level, 2x2 transposed convolutions, no normalisation, two classes. */
final class CheckNet implements Layer {
    private final int depth;
    private final List<Layer> layers = new ArrayList<>();

    CheckNet(Device device, int base, int depth) {
        this.depth = depth;
        Layers net = new Layers(device, 1);
        int in = 1;
        for (int l = 0; l <= depth; l++) {
            addBlock(net, "down" + l, in, base << l);
            in = base << l;
        }
        for (int l = depth - 1; l >= 0; l--) {
            int out = base << l;
            layers.add(net.named("up" + l).convTranspose2d(2 * out, out, 2, Conv2dOptions.SAME.withStride(2)));
            addBlock(net, "join" + l, 2 * out, out);
        }
        layers.add(net.named("head").conv2d(base, 2, 1));
    }

    private void addBlock(Layers net, String name, int in, int out) {
        for (int i = 1; i <= 2; i++) {
            layers.add(
                    net.named(name + "." + i).conv2d(i == 1 ? in : out, out, 3).withRelu());
        }
    }

    @Override
    public String name() {
        return "U-Net";
    }

    @Override
    public List<Parameter> parameters() {
        return layers.stream().flatMap(l -> l.parameters().stream()).toList();
    }

    /** Logits (N, H, W, 2) of images (N, H, W, 1). */
    @Override
    public Tensor forward(Tensor x, Pass pass) {
        var rest = layers.iterator();
        Tensor[] skips = new Tensor[depth];
        Tensor y = x;
        for (int l = 0; l <= depth; l++) {
            y = rest.next().forward(y, pass);
            y = rest.next().forward(y, pass);
            if (l < depth) {
                skips[l] = y;
                y = y.maxPool2d(Pool2dOptions.of(2));
            }
        }
        for (int l = depth - 1; l >= 0; l--) {
            Tensor up = rest.next().forward(y, pass);
            y = rest.next().forward(Tensor.concat(3, skips[l], up), pass);
            y = rest.next().forward(y, pass);
        }
        return rest.next().forward(y, pass);
    }
}
