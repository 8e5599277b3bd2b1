package dev.aorta.bench.kernel;

import dev.aorta.backend.Buffer;
import dev.aorta.backend.Masked;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** The three passes of a transposed convolution with bias. */
@SuppressWarnings("NullAway.Init") // JMH sets the parameter
public class TransposedConvolutionBenchmark extends ConvolutionOperands {
    @Param({"unet-32x1/dec1.up", "unet-32x1/dec4.up", "labx1/up"})
    private String transposed;

    /** Fills the operands. */
    @Setup
    public void load() {
        load(transposed);
    }

    /** Forward, with bias. */
    @Benchmark
    public Buffer forward() {
        cpu.convTranspose2d(x, y, w, biasOfX, shape);
        return x;
    }

    /** Gradient for the input. */
    @Benchmark
    public Buffer gradInput() {
        cpu.conv2d(dy, dx, w, null, false, shape);
        return dy;
    }

    /** Gradient for the weight. */
    @Benchmark
    public Buffer gradWeight() {
        cpu.conv2dGrad(null, dw, null, new Masked(y, null), dx, w, shape);
        return dw;
    }
}
