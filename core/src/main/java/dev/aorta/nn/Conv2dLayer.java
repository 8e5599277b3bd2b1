package dev.aorta.nn;

import dev.aorta.Conv2dOptions;
import dev.aorta.Device;
import dev.aorta.Parameter;
import dev.aorta.Shape;
import dev.aorta.Tensor;
import dev.aorta.backend.ConvShape;
import java.util.List;

/**
 * Convolution with bias and, where asked, ReLU: (N, H, W, in) to (N, outH, outW, out).
 *
 * @param name prefix of the parameters
 * @param weight (out, kH, kW, in / groups)
 * @param bias (out)
 * @param options stride, padding, dilation, groups
 * @param relu whether ReLU follows, fused
 */
public record Conv2dLayer(String name, Parameter weight, Parameter bias, Conv2dOptions options, boolean relu)
        implements Layer {

    /**
     * Makes a layer with a square kernel and a bias of zeros.
     *
     * @param in input channels
     * @param out output channels
     * @param kernel rows and columns of the kernel
     */
    public static Conv2dLayer of(
            String name,
            Device device,
            int in,
            int out,
            int kernel,
            Conv2dOptions options,
            boolean relu,
            Init init,
            long seed) {
        Shape w = Shape.of(out, kernel, kernel, in / options.groups());
        String weightName = name + ".weight";
        return new Conv2dLayer(
                name,
                new Parameter(weightName, device, w, init.values(w, seed, weightName), true),
                new Parameter(name + ".bias", device, Shape.of(out), Init.constant(out, 0), true),
                options,
                relu);
    }

    @Override
    public Tensor forward(Tensor x, Pass pass) {
        return x.conv2d(weight, bias, options, relu);
    }

    @Override
    public Shape outputShape(Shape input) {
        return ConvShape.of(name, input, weight.shape(), options).output();
    }

    @Override
    public List<Parameter> parameters() {
        return List.of(weight, bias);
    }
}
