package dev.aorta.nn;

import dev.aorta.Conv2dOptions;
import dev.aorta.Device;
import dev.aorta.Parameter;
import dev.aorta.Shape;
import dev.aorta.Tensor;
import dev.aorta.backend.ConvShape;
import java.util.List;

/**
 * Transposed convolution with bias: (N, h, w, in) to (N, h * stride, w * stride, out) under SAME padding.
 *
 * @param name prefix of the parameters
 * @param weight (in, kH, kW, out / groups)
 * @param bias (out)
 * @param options those of the convolution that this one transposes
 */
public record ConvTranspose2dLayer(String name, Parameter weight, Parameter bias, Conv2dOptions options)
        implements Layer {

    /**
     * Makes a layer with a square kernel and a bias of zeros.
     *
     * @param in input channels
     * @param out output channels
     * @param kernel rows and columns of the kernel
     */
    public static ConvTranspose2dLayer of(
            String name, Device device, int in, int out, int kernel, Conv2dOptions options, Init init, long seed) {
        Shape w = Shape.of(in, kernel, kernel, out / options.groups());
        String weightName = name + ".weight";
        return new ConvTranspose2dLayer(
                name,
                new Parameter(weightName, device, w, init.values(w, seed, weightName), true),
                new Parameter(name + ".bias", device, Shape.of(out), Init.constant(out, 0), true),
                options);
    }

    @Override
    public Tensor forward(Tensor x, Pass pass) {
        return x.convTranspose2d(weight, bias, options, 0, 0);
    }

    @Override
    public Shape outputShape(Shape input) {
        return ConvShape.transposed(name, input, weight.shape(), options, 0, 0).input();
    }

    @Override
    public List<Parameter> parameters() {
        return List.of(weight, bias);
    }
}
