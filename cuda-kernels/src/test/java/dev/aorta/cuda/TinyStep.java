package dev.aorta.cuda;

import dev.aorta.Conv2dOptions;
import dev.aorta.Pool2dOptions;
import dev.aorta.Shape;
import dev.aorta.backend.AdamStep;
import dev.aorta.backend.Backend;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.ConvShape;
import dev.aorta.backend.PoolShape;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** One training step of a convolution, a pooling and a linear layer, written with kernels: something to disturb. */
final class TinyStep implements AutoCloseable {
    private static final ConvShape CONV =
            ConvShape.of("tiny", Shape.of(2, 6, 6, 2), Shape.of(4, 3, 3, 2), Conv2dOptions.SAME.withStride(2));
    private static final PoolShape POOL = PoolShape.of("tiny", Shape.of(2, 3, 3, 4), Pool2dOptions.of(3));

    final Buffer loss;
    private final Backend backend;
    private final List<Buffer> parameters = new ArrayList<>();
    private final List<Buffer> moments = new ArrayList<>();
    private final Buffer x;
    private final Buffer labels;

    TinyStep(Backend backend) {
        this.backend = backend;
        var random = new Random(3);
        for (int n : new int[] {CONV.weight().size(), 4, 4 * 3}) {
            parameters.add(filled(random, n));
            for (int i = 0; i < 2; i++) {
                Buffer zero = backend.allocate(n);
                backend.fill(zero, 0);
                moments.add(zero);
            }
        }
        x = filled(random, CONV.input().size());
        labels = backend.allocate(2);
        backend.upload(labels, new float[] {0, 2});
        loss = backend.allocate(1);
    }

    private Buffer filled(Random random, int n) {
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = (float) random.nextGaussian();
        }
        Buffer b = backend.allocate(n);
        backend.upload(b, values);
        return b;
    }

    /** Forward, backward and Adam. */
    void run(float rate, long step) {
        Buffer y = backend.allocate(CONV.output().size());
        Buffer pooled = backend.allocate(POOL.output().size());
        Buffer logits = backend.allocate(6);
        backend.conv2d(y, x, parameters.get(0), parameters.get(1), true, CONV);
        backend.maxPool2d(pooled, y, POOL);
        backend.gemm(logits, pooled, false, parameters.get(2), false, 2, 3, 4);
        Buffer dLogits = backend.allocate(6);
        backend.softmaxCrossEntropy(loss, dLogits, logits, labels, null, 2, 3);
        List<Buffer> gradients =
                List.of(backend.allocate(CONV.weight().size()), backend.allocate(4), backend.allocate(4 * 3));
        Buffer dPooled = backend.allocate(pooled.size());
        Buffer dy = backend.allocate(y.size());
        backend.gemm(gradients.get(2), pooled, true, dLogits, false, 4, 3, 2);
        backend.gemm(dPooled, dLogits, false, parameters.get(2), true, 2, 4, 3);
        backend.maxPool2dGrad(dy, dPooled, y, POOL);
        backend.biasGrad(gradients.get(1), dy, y, 18, 4);
        backend.conv2dGradWeight(gradients.get(0), dy, y, x, CONV);
        for (int i = 0; i < 3; i++) {
            backend.adam(
                    parameters.get(i),
                    moments.get(2 * i),
                    moments.get(2 * i + 1),
                    gradients.get(i),
                    new AdamStep(rate, 0.9f, 0.999f, 1e-7f, 0, step));
        }
        gradients.forEach(backend::release);
        List.of(y, pooled, logits, dLogits, dPooled, dy).forEach(backend::release);
    }

    /** The weights of the convolution. */
    float[] weights() {
        float[] w = new float[parameters.getFirst().size()];
        backend.download(w, parameters.getFirst());
        return w;
    }

    @Override
    public void close() {
        parameters.forEach(backend::release);
        moments.forEach(backend::release);
        List.of(x, labels, loss).forEach(backend::release);
    }
}
