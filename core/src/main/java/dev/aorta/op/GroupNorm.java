package dev.aorta.op;

import dev.aorta.Shape;
import dev.aorta.backend.Buffer;
import org.jspecify.annotations.Nullable;

/** Group normalisation. Inputs: x (N, .., C), gamma (C), beta (C). */
public record GroupNorm(Shape outputShape, int groups, float epsilon) implements Op {
    @Override
    public String name() {
        return "groupNorm";
    }

    @Override
    public int[] savedSizes(boolean recording) {
        int statistics = outputShape.dim(0) * groups;
        return new int[] {statistics, statistics};
    }

    @Override
    public void forward(Call c) {
        Buffer[] in = c.in();
        c.backend()
                .groupNorm(
                        c.out(),
                        c.saved()[0],
                        c.saved()[1],
                        in[0],
                        in[1],
                        in[2],
                        outputShape.dim(0),
                        pixels(),
                        outputShape.dim(-1),
                        groups,
                        epsilon);
    }

    @Override
    public void backward(Call c, Buffer dy, @Nullable Buffer[] dx) {
        Buffer[] in = c.in();
        BatchNorm.Joint.gradients(
                c.backend(),
                dx,
                outputShape,
                (dX, dGamma, dBeta) -> c.backend()
                        .groupNormGrad(
                                dX,
                                dGamma,
                                dBeta,
                                dy,
                                in[0],
                                c.saved()[0],
                                c.saved()[1],
                                in[1],
                                outputShape.dim(0),
                                pixels(),
                                outputShape.dim(-1),
                                groups));
    }

    private int pixels() {
        return outputShape.rows() / outputShape.dim(0);
    }
}
