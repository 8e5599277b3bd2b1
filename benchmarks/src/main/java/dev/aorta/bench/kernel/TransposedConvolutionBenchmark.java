package dev.aorta.bench.kernel;

import dev.aorta.backend.Buffer;
import dev.aorta.backend.ConvShape;
import dev.aorta.backend.Masked;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** The three passes of a transposed convolution with bias. */
@SuppressWarnings("NullAway.Init") // JMH calls load()
public class TransposedConvolutionBenchmark extends Kernels {
    @Param({"unet-32x1/dec1.up", "unet-32x1/dec4.up", "labx1/up"})
    private String transposed;

    private ConvShape transposes;
    private Buffer x;
    private Buffer dx;
    private Buffer w;
    private Buffer dw;
    private Buffer bias;
    private Buffer y;

    /** Fills the operands. */
    @Setup
    public void load() {
        transposes = Convolutions.named(transposed);
        x = normal(transposes.output().size());
        dx = normal(transposes.output().size());
        w = normal(transposes.weight().size());
        dw = normal(transposes.weight().size());
        bias = normal(transposes.inC());
        y = normal(transposes.input().size());
    }

    /** Forward, with bias. */
    @Benchmark
    public Buffer forward() {
        cpu.convTranspose2d(y, x, w, bias, transposes);
        return y;
    }

    /** Gradient for the input. */
    @Benchmark
    public Buffer gradInput() {
        cpu.conv2d(dx, y, w, null, false, transposes);
        return dx;
    }

    /** Gradient for the weight. */
    @Benchmark
    public Buffer gradWeight() {
        cpu.conv2dGrad(null, dw, null, new Masked(x, null), y, w, transposes);
        return dw;
    }
}
