package dev.aorta.bench.kernel;

import dev.aorta.backend.Buffer;
import dev.aorta.backend.Masked;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** The three passes of a convolution, with bias and ReLU fused as the networks have them. */
@SuppressWarnings("NullAway.Init") // JMH sets the parameter
public class ConvolutionBenchmark extends ConvolutionOperands {
    @Param({
        "unet-32x1/enc1.conv1",
        "unet-32x1/enc1.conv2",
        "unet-32x1/dec2.conv1",
        "unet-32x1/bottom.conv2",
        "labx1/conv2"
    })
    private String convolution;

    /** Fills the operands. */
    @Setup
    public void load() {
        load(convolution);
    }

    /** Forward, with bias and ReLU. */
    @Benchmark
    public Buffer forward() {
        cpu.conv2d(y, x, w, biasOfY, true, shape);
        return y;
    }

    /** Gradient for the input, through the ReLU. */
    @Benchmark
    public Buffer gradInput() {
        cpu.conv2dGrad(dx, null, null, new Masked(dy, y), x, w, shape);
        return dx;
    }

    /** Gradient for the weight, through the ReLU. */
    @Benchmark
    public Buffer gradWeight() {
        cpu.conv2dGrad(null, dw, null, new Masked(dy, y), x, w, shape);
        return dw;
    }
}
