package dev.aorta.op;

import dev.aorta.Shape;
import dev.aorta.backend.Backend;
import dev.aorta.backend.Buffer;
import org.jspecify.annotations.Nullable;

/**
 * Batch normalisation with the statistics of the batch, which also move the running ones. Inputs: x (.., C), gamma (C), beta
 * (C), running mean (C) and running variance (C); forward modifies the last two, and they have no gradient.
 *
 * @param momentum share of the batch in the running statistics
 */
public record BatchNorm(Shape outputShape, float epsilon, float momentum) implements Op {
    @Override
    public String name() {
        return "batchNorm";
    }

    @Override
    public int[] savedSizes(boolean recording) {
        return new int[] {outputShape.dim(-1), outputShape.dim(-1)};
    }

    @Override
    public void forward(Call c) {
        Buffer[] in = c.in();
        Buffer mean = c.saved()[0];
        Buffer invStd = c.saved()[1];
        int rows = outputShape.rows();
        int channels = outputShape.dim(-1);
        c.backend().batchNorm(c.out(), mean, invStd, in[0], in[1], in[2], rows, channels, epsilon);
        c.backend().updateRunning(in[3], in[4], mean, invStd, momentum, rows, channels, epsilon);
    }

    @Override
    public void backward(Call c, Buffer dy, @Nullable Buffer[] dx) {
        Buffer[] in = c.in();
        Joint.gradients(
                c.backend(),
                dx,
                outputShape,
                (dX, dGamma, dBeta) -> c.backend()
                        .batchNormGrad(
                                dX,
                                dGamma,
                                dBeta,
                                dy,
                                in[0],
                                c.saved()[0],
                                c.saved()[1],
                                in[1],
                                outputShape.rows(),
                                outputShape.dim(-1)));
    }

    /** A kernel that computes the gradients of x, gamma and beta together. */
    @FunctionalInterface
    interface Joint {
        void compute(Buffer dX, Buffer dGamma, Buffer dBeta);

        /** Calls the kernel with a temporary buffer for each gradient that nobody needs. */
        static void gradients(Backend b, @Nullable Buffer[] dx, Shape x, Joint kernel) {
            Buffer[] dst = new Buffer[3];
            for (int i = 0; i < 3; i++) {
                Buffer wanted = dx[i];
                dst[i] = wanted != null ? wanted : b.allocate(i == 0 ? x.size() : x.dim(-1));
            }
            kernel.compute(dst[0], dst[1], dst[2]);
            for (int i = 0; i < 3; i++) {
                if (dx[i] == null) {
                    b.release(dst[i]);
                }
            }
        }
    }
}
