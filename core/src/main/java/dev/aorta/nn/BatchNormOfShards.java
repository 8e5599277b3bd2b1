package dev.aorta.nn;

import dev.aorta.Shape;
import dev.aorta.backend.Backend;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.NormShape;
import dev.aorta.op.CustomOp;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Batch normalisation of a shard with the statistics of all shards of the batch. Inputs as those of {@link dev.aorta.op.BatchNorm}. With
 * the share s, mean m and variance v of each shard, the batch has {@code M = sum of s * m} and {@code V = sum of s * (v + (m - M)^2)}.
 * The gradient of x is that with this shard's own averages, {@code invStd * (g - avg g - h * avg(g * h))}, and a map of each channel
 * that puts the averages over the batch in their place.
 *
 * @param outputShape shape of the result
 * @param shape geometry of the shard
 * @param momentum share of the batch in the running statistics
 * @param shard whose statistics are combined with those of the others
 */
record BatchNormOfShards(Shape outputShape, NormShape shape, float momentum, Shard shard) implements CustomOp {
    @Override
    public String name() {
        return "batchNorm";
    }

    @Override
    public int[] savedSizes(boolean recording) {
        return new int[] {shape.channels(), shape.channels()};
    }

    @Override
    public void forward(Call c) {
        Backend b = c.backend();
        Buffer[] in = c.in();
        Buffer mean = c.saved()[0];
        Buffer invStd = c.saved()[1];
        b.norm(c.out(), mean, invStd, in[0], in[1], in[2], shape); // for its statistics
        float[] own = read(b, mean);
        float[] scale = read(b, invStd);
        float[] means = new float[own.length];
        float[] variances = new float[own.length]; // with epsilon
        for (int i = 0; i < own.length; i++) {
            means[i] = (float) (shard.share() * own[i]);
        }
        shard.sum(means);
        for (int i = 0; i < own.length; i++) {
            double far = (double) own[i] - means[i];
            variances[i] = (float) (shard.share() * (1 / ((double) scale[i] * scale[i]) + far * far));
        }
        shard.sum(variances);
        for (int i = 0; i < own.length; i++) {
            scale[i] = (float) (1 / Math.sqrt(variances[i]));
        }
        b.upload(mean, means);
        b.upload(invStd, scale);
        Buffer variance = b.allocate(own.length);
        try {
            b.upload(variance, variances);
            b.normInference(c.out(), in[0], mean, variance, in[1], in[2], withoutEpsilon());
        } finally {
            b.release(variance);
        }
        if (shard.first()) {
            int all = Math.toIntExact(Math.round(shape.pixels() / shard.share()));
            NormShape batch = NormShape.batchNorm(all, shape.channels(), shape.epsilon());
            b.updateRunning(in[3], in[4], mean, invStd, momentum, batch);
        }
    }

    @Override
    public void backward(Call c, Buffer dy, @Nullable Buffer[] dx) {
        Backend b = c.backend();
        Buffer[] in = c.in();
        Buffer mean = c.saved()[0];
        Buffer invStd = c.saved()[1];
        int channels = shape.channels();
        List<Buffer> lent = new ArrayList<>();
        try {
            Buffer dgamma = dx[1] != null ? dx[1] : lend(b, channels, lent);
            Buffer dbeta = dx[2] != null ? dx[2] : lend(b, channels, lent);
            b.normGrad(dx[0], dgamma, dbeta, dy, in[0], mean, invStd, in[1], shape);
            if (dx[0] == null) {
                return;
            }
            float[] gamma = read(b, in[1]);
            float[] scale = read(b, invStd);
            float[] ofG = averages(gamma, read(b, dbeta));
            float[] ofGh = averages(gamma, read(b, dgamma));
            float[] batch = new float[2 * channels];
            for (int i = 0; i < channels; i++) {
                batch[i] = (float) (shard.share() * ofG[i]);
                batch[channels + i] = (float) (shard.share() * ofGh[i]);
            }
            shard.sum(batch);
            float[] variances = new float[channels];
            for (int i = 0; i < channels; i++) {
                ofG[i] = scale[i] * (ofG[i] - batch[i]);
                ofGh[i] = scale[i] * (ofGh[i] - batch[channels + i]);
                variances[i] = (float) (1 / ((double) scale[i] * scale[i]));
            }
            Buffer variance = lend(b, channels, lent);
            Buffer slope = lend(b, channels, lent);
            Buffer shift = lend(b, channels, lent);
            Buffer change = lend(b, shape.size(), lent);
            b.upload(variance, variances);
            b.upload(slope, ofGh);
            b.upload(shift, ofG);
            b.normInference(change, in[0], mean, variance, slope, shift, withoutEpsilon());
            b.axpby(dx[0], 1, change, 1);
        } finally {
            lent.forEach(b::release);
        }
    }

    /** Over the elements of a channel in this shard, of something that gamma is a factor of. */
    private float[] averages(float[] gamma, float[] sums) {
        for (int i = 0; i < sums.length; i++) {
            sums[i] = gamma[i] * sums[i] / shape.pixels();
        }
        return sums;
    }

    private NormShape withoutEpsilon() {
        return NormShape.batchNorm(shape.pixels(), shape.channels(), 0);
    }

    private float[] read(Backend b, Buffer buffer) {
        float[] values = new float[shape.channels()];
        b.download(values, buffer);
        return values;
    }

    private static Buffer lend(Backend b, int size, List<Buffer> lent) {
        Buffer buffer = b.allocate(size);
        lent.add(buffer);
        return buffer;
    }
}
