package dev.aorta.cuda;

import dev.aorta.Conv2dOptions;
import dev.aorta.Pool2dOptions;
import dev.aorta.Shape;
import dev.aorta.backend.AdamStep;
import dev.aorta.backend.Backend;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.ConvShape;
import dev.aorta.backend.Masked;
import dev.aorta.backend.MatMulShape;
import dev.aorta.backend.PoolShape;
import dev.aorta.backend.RowShape;
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
        backend.matmul(logits, pooled, parameters.get(2), MatMulShape.of(2, 3, 4, false, false));
        Buffer dLogits = backend.allocate(6);
        backend.focalLoss(loss, dLogits, logits, labels, null, 0, new RowShape(2, 3));
        List<Buffer> gradients =
                List.of(backend.allocate(CONV.weight().size()), backend.allocate(4), backend.allocate(4 * 3));
        Buffer dPooled = backend.allocate(pooled.size());
        Buffer dy = backend.allocate(y.size());
        backend.matmul(gradients.get(2), pooled, dLogits, MatMulShape.of(4, 3, 2, true, false));
        backend.matmul(dPooled, dLogits, parameters.get(2), MatMulShape.of(2, 4, 3, false, true));
        backend.maxPool2dGrad(dy, dPooled, y, POOL);
        backend.conv2dGrad(null, gradients.get(0), gradients.get(1), new Masked(dy, y), x, parameters.getFirst(), CONV);
        backend.adam(
                parameters.toArray(Buffer[]::new),
                new Buffer[] {moments.get(0), moments.get(2), moments.get(4)},
                new Buffer[] {moments.get(1), moments.get(3), moments.get(5)},
                gradients.toArray(Buffer[]::new),
                new AdamStep(rate, 0.9f, 0.999f, 1e-7f, 0, step));
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
