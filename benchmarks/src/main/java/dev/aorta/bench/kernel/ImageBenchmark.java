package dev.aorta.bench.kernel;

import dev.aorta.Pool2dOptions;
import dev.aorta.Shape;
import dev.aorta.backend.AdamStep;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.PoolShape;
import dev.aorta.backend.RowShape;
import dev.aorta.backend.Unary;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Setup;

/** What a U-Net of base 32 does with 256 x 256 images besides convolutions. */
@SuppressWarnings("NullAway.Init") // JMH calls load()
public class ImageBenchmark extends Kernels {
    private static final PoolShape POOL = PoolShape.of("maxPool2d", Shape.of(1, 256, 256, 32), Pool2dOptions.of(2));
    private static final int PIXELS = 256 * 256;
    private static final int CLASSES = 2;
    private static final int PARAMETERS = 7_759_554;

    private Buffer x;
    private Buffer dx;
    private Buffer pooled;
    private Buffer logits;
    private Buffer gradient;
    private Buffer labels;
    private Buffer loss;
    private Buffer weights;
    private Buffer weightGradients;
    private Buffer m;
    private Buffer v;

    /** Fills the operands. */
    @Setup
    public void load() {
        x = normal(POOL.input().size());
        dx = normal(POOL.input().size());
        pooled = normal(POOL.output().size());
        logits = normal(PIXELS * CLASSES);
        gradient = normal(PIXELS * CLASSES);
        loss = normal(1);
        labels = cpu.allocate(PIXELS);
        cpu.fill(labels, 1);
        weights = normal(PARAMETERS);
        weightGradients = normal(PARAMETERS);
        m = cpu.allocate(PARAMETERS);
        v = cpu.allocate(PARAMETERS);
        cpu.fill(m, 0);
        cpu.fill(v, 0);
    }

    /** 2x2 max pooling of the first level. */
    @Benchmark
    public Buffer maxPool() {
        cpu.maxPool2d(pooled, x, POOL);
        return pooled;
    }

    /** Its gradient. */
    @Benchmark
    public Buffer maxPoolGrad() {
        cpu.maxPool2dGrad(dx, pooled, x, POOL);
        return dx;
    }

    /** The loss with its gradient. */
    @Benchmark
    public Buffer softmaxCrossEntropy() {
        cpu.focalLoss(loss, gradient, logits, labels, null, 0, new RowShape(PIXELS, CLASSES));
        return gradient;
    }

    /** Dice loss with its gradient. */
    @Benchmark
    public Buffer dice() {
        cpu.diceLoss(loss, gradient, logits, labels, 1, 1, new RowShape(PIXELS, CLASSES));
        return gradient;
    }

    /** Focal loss with its gradient, for focus 2. */
    @Benchmark
    public Buffer focal() {
        cpu.focalLoss(loss, gradient, logits, labels, null, 2, new RowShape(PIXELS, CLASSES));
        return gradient;
    }

    /** Logistic function of the first level. */
    @Benchmark
    public Buffer sigmoid() {
        cpu.unary(dx, x, Unary.SIGMOID);
        return dx;
    }

    /** Hyperbolic tangent of the first level. */
    @Benchmark
    public Buffer tanh() {
        cpu.unary(dx, x, Unary.TANH);
        return dx;
    }

    /** Gradient of the logistic function. */
    @Benchmark
    public Buffer sigmoidGrad() {
        cpu.unaryGrad(dx, x, x, x, Unary.SIGMOID);
        return dx;
    }

    /** Adam on all parameters. */
    @Benchmark
    public Buffer adam() {
        cpu.adam(
                new Buffer[] {weights},
                new Buffer[] {m},
                new Buffer[] {v},
                new Buffer[] {weightGradients},
                new AdamStep(1e-3f, 0.9f, 0.999f, 1e-8f, 0, 1000));
        return weights;
    }
}
