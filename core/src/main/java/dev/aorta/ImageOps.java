package dev.aorta;

import dev.aorta.backend.ConvShape;
import dev.aorta.backend.NormShape;
import dev.aorta.backend.PoolShape;
import dev.aorta.backend.Unary;
import dev.aorta.backend.UpsampleShape;
import dev.aorta.op.AvgPool2d;
import dev.aorta.op.BatchNorm;
import dev.aorta.op.Conv2d;
import dev.aorta.op.Conv2dChain;
import dev.aorta.op.ConvTranspose2d;
import dev.aorta.op.GroupNorm;
import dev.aorta.op.MaxPool2d;
import dev.aorta.op.NormInference;
import dev.aorta.op.Upsample;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The operations on images (N, H, W, C): convolution, pooling, resizing, normalisation. */
sealed interface ImageOps permits Tensor {
    private Tensor self() {
        return (Tensor) this;
    }

    // ---- convolution

    /**
     * {@link #conv2d(Tensor, Tensor, Conv2dOptions, boolean)} without bias or ReLU.
     *
     * @param weight (out, kH, kW, C / groups)
     * @param options stride, padding, dilation, groups
     * @return (N, outH, outW, out)
     */
    default Tensor conv2d(Tensor weight, Conv2dOptions options) {
        return conv2d(weight, null, options, false);
    }

    /**
     * Convolution (cross-correlation, as the field calls it) of this (N, H, W, C), fused with bias and ReLU; {@link ConvShape}
     * has the formula.
     *
     * @param weight (out, kH, kW, C / groups)
     * @param bias (out), or null for none
     * @param options stride, padding, dilation, groups
     * @param relu whether {@code max(., 0)} follows
     * @return (N, outH, outW, out)
     */
    default Tensor conv2d(Tensor weight, @Nullable Tensor bias, Conv2dOptions options, boolean relu) {
        Hints.input(self(), weight);
        ConvShape s = ConvShape.of(weight.layer(), self().shape(), weight.shape(), options);
        if (bias == null) {
            return Tensor.apply(new Conv2d(s, false, relu), self(), weight);
        }
        Checks.shape("conv2d", "bias", bias, Shape.of(s.outC()), self());
        return Tensor.apply(new Conv2d(s, true, relu), self(), weight, bias);
    }

    /**
     * {@code then(conv2d(x) + added)}, in one kernel unless gradients are recorded.
     *
     * @param weight (out, kH, kW, C / groups)
     * @param bias (out), or null for none
     * @param options stride, padding, dilation, groups
     * @param added (N, outH, outW, out), or null for nothing
     * @param then a function of each element, or null for none
     * @return (N, outH, outW, out)
     */
    default Tensor conv2d(
            Tensor weight, @Nullable Tensor bias, Conv2dOptions options, @Nullable Tensor added, @Nullable Unary then) {
        boolean relu = added == null && Unary.RELU.equals(then);
        if (relu || added == null && then == null || Scope.recording() || Scope.dry()) {
            Tensor y = conv2d(weight, bias, options, relu);
            Tensor sum = added == null ? y : y.add(added);
            return relu || then == null ? sum : sum.map(then);
        }
        return together(List.of(new Conv2dStage(weight, bias, options, null, added, then)));
    }

    /**
     * Convolutions one after the other. Unless gradients are recorded, a device may compute them in pieces whose results between them
     * never reach memory; the values are the same.
     *
     * @param chain at least one; the first takes this (N, H, W, C), each other one the result of the one before
     * @return the result of the last, (N, outH, outW, out)
     * @throws ShapeException when a weight, a bias, a scale or what is added does not fit the image that it meets
     * @throws IllegalArgumentException when there is none
     */
    default Tensor conv2d(List<Conv2dStage> chain) {
        if (chain.isEmpty()) {
            throw new IllegalArgumentException("[conv2d] a chain needs at least one convolution");
        }
        boolean plain = chain.size() == 1 && chain.getFirst().scale() == null;
        if (plain || Scope.recording() || Scope.dry()) {
            Tensor y = self();
            for (Conv2dStage c : chain) {
                Tensor scale = c.scale();
                if (scale != null) {
                    requireScale(scale, geometry(y.shape(), c));
                    y = y.mul(scale);
                }
                y = y.conv2d(c.weight(), c.bias(), c.options(), c.added(), c.then());
            }
            return y;
        }
        return together(chain);
    }

    private static ConvShape geometry(Shape x, Conv2dStage c) {
        return ConvShape.of(c.weight().layer(), x, c.weight().shape(), c.options());
    }

    private void requireScale(Tensor scale, ConvShape s) {
        Checks.shape("conv2d", "scale", scale, Shape.of(s.batch(), 1, 1, s.inC()), self());
    }

    private Tensor together(List<Conv2dStage> chain) {
        List<Tensor> inputs = new ArrayList<>(List.of(self()));
        List<Conv2dChain.Stage> stages = new ArrayList<>(chain.size());
        Shape x = self().shape();
        for (Conv2dStage c : chain) {
            Conv2dChain.Stage s = stage(x, c, inputs);
            stages.add(s);
            x = s.shape().output();
        }
        return Tensor.apply(new Conv2dChain(stages), inputs.toArray(Tensor[]::new));
    }

    /** Checks a convolution of an image x, and adds its operands to the inputs. */
    private Conv2dChain.Stage stage(Shape x, Conv2dStage c, List<Tensor> inputs) {
        ConvShape s = geometry(x, c);
        inputs.add(c.weight());
        Tensor bias = c.bias();
        if (bias != null) {
            Checks.shape("conv2d", "bias", bias, Shape.of(s.outC()), self());
            inputs.add(bias);
        }
        Tensor scale = c.scale();
        if (scale != null) {
            requireScale(scale, s);
            inputs.add(scale);
        }
        Tensor added = c.added();
        if (added != null) {
            Checks.shape("conv2d", "added", added, s.output(), self());
            inputs.add(added);
        }
        return new Conv2dChain.Stage(s, bias != null, scale != null, added != null, c.then());
    }

    /**
     * Transposed convolution of this (N, h, w, in): the adjoint of the convolution with the same weight and options, with bias.
     *
     * @param weight (in, kH, kW, out / groups)
     * @param bias (out), or null for none
     * @param options those of the convolution that it transposes
     * @param outH rows to produce, or 0 for the default of {@link ConvShape#transposed}
     * @param outW columns to produce, or 0
     * @return (N, outH, outW, out)
     */
    default Tensor convTranspose2d(Tensor weight, @Nullable Tensor bias, Conv2dOptions options, int outH, int outW) {
        ConvShape s = ConvShape.transposed(weight.layer(), self().shape(), weight.shape(), options, outH, outW);
        if (bias == null) {
            return Tensor.apply(new ConvTranspose2d(s, false), self(), weight);
        }
        Checks.shape("convTranspose2d", "bias", bias, Shape.of(s.inC()), self());
        return Tensor.apply(new ConvTranspose2d(s, true), self(), weight, bias);
    }

    /**
     * {@link #convTranspose2d(Tensor, Tensor, Conv2dOptions, int, int)} without bias, of the default size.
     *
     * @param weight (in, kH, kW, out / groups)
     * @param options those of the convolution that it transposes
     * @return (N, outH, outW, out)
     */
    default Tensor convTranspose2d(Tensor weight, Conv2dOptions options) {
        return convTranspose2d(weight, null, options, 0, 0);
    }

    // ---- pooling and resizing

    /**
     * Largest value of each window of (N, H, W, C).
     *
     * @param options window, stride, padding
     * @return (N, outH, outW, C), rounded down: a rest that fills no window is left out
     */
    default Tensor maxPool2d(Pool2dOptions options) {
        return Tensor.apply(new MaxPool2d(PoolShape.of("maxPool2d", self().shape(), options)), self());
    }

    /**
     * Mean of each window of (N, H, W, C), over the pixels that lie in the image.
     *
     * @param options window, stride, padding
     * @return (N, outH, outW, C), rounded down: a rest that fills no window is left out
     */
    default Tensor avgPool2d(Pool2dOptions options) {
        return Tensor.apply(new AvgPool2d(PoolShape.of("avgPool2d", self().shape(), options)), self());
    }

    /**
     * Mean over windows that cut (N, H, W, C) into a grid as evenly as possible: window i of n along H covers rows {@code floor(i H
     * / n)} to {@code ceil((i + 1) H / n) - 1}.
     *
     * @param height windows along H
     * @param width windows along W
     * @return (N, height, width, C)
     */
    default Tensor adaptiveAvgPool2d(int height, int width) {
        return adaptive("adaptiveAvgPool2d", height, width, (x, axis) -> x.mean(axis));
    }

    /**
     * Largest value over the windows of {@link #adaptiveAvgPool2d}.
     *
     * @param height windows along H
     * @param width windows along W
     * @return (N, height, width, C)
     */
    default Tensor adaptiveMaxPool2d(int height, int width) {
        return adaptive("adaptiveMaxPool2d", height, width, (x, axis) -> x.max(axis));
    }

    private Tensor adaptive(
            String name, int height, int width, java.util.function.BiFunction<Tensor, Integer, Tensor> pool) {
        Checks.image(name, self().shape());
        if (height < 1 || width < 1) {
            throw new ShapeException(name, "needs at least one window, got " + height + " x " + width);
        }
        return windows(windows(self(), 1, height, x -> pool.apply(x, 1)), 2, width, x -> pool.apply(x, 2));
    }

    private static Tensor windows(Tensor x, int axis, int count, Function<Tensor, Tensor> pool) {
        long extent = x.shape().dim(axis);
        List<Tensor> pooled = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int from = (int) (i * extent / count);
            int to = (int) Math.ceilDiv((i + 1) * extent, (long) count);
            pooled.add(pool.apply(x.slice(axis, from, to)));
        }
        return Tensor.stack(axis, pooled.toArray(Tensor[]::new));
    }

    /**
     * Enlarges (N, H, W, C) by repeating each pixel {@code factor} times along both axes.
     *
     * @param factor at least 1
     * @return (N, factor H, factor W, C)
     */
    default Tensor upsampleNearest(int factor) {
        return upsample("upsampleNearest", factor, false);
    }

    /**
     * Enlarges (N, H, W, C) by {@code factor} with bilinear interpolation and half-pixel centres.
     *
     * @param factor at least 1
     * @return (N, factor H, factor W, C)
     */
    default Tensor upsampleBilinear(int factor) {
        return upsample("upsampleBilinear", factor, true);
    }

    private Tensor upsample(String name, int factor, boolean bilinear) {
        Shape x = self().shape();
        Checks.image(name, x);
        if (factor < 1) {
            throw new ShapeException(name, "needs a factor of at least 1, got " + factor);
        }
        long longest = (long) Math.max(x.dim(1), x.dim(2)) * factor;
        if (longest > Integer.MAX_VALUE) {
            throw new ShapeException(name, x + " enlarged by " + factor + " has an axis of " + longest + " pixels");
        }
        UpsampleShape s = new UpsampleShape(x.dim(0), x.dim(1), x.dim(2), x.dim(3), factor, factor, bilinear);
        return Tensor.apply(new Upsample(s), self());
    }

    // ---- normalisation

    /**
     * Batch normalisation over all axes but the last, with the statistics of this batch; moves the running ones.
     *
     * @param gamma (C)
     * @param beta (C)
     * @param runningMean (C), modified
     * @param runningVariance (C), modified
     * @param momentum share of this batch in the running statistics
     * @param epsilon added to the variance
     * @return this shape
     * @throws ShapeException when a channel has a single value, which normalised is 0 whatever it was
     */
    default Tensor batchNorm(
            Tensor gamma, Tensor beta, Tensor runningMean, Tensor runningVariance, float momentum, float epsilon) {
        return batchNorm(gamma, beta, runningMean, runningVariance, momentum, epsilon, null);
    }

    /**
     * {@link #batchNorm(Tensor, Tensor, Tensor, Tensor, float, float) Batch normalisation} and a function of its result, in one pass for
     * ReLU and other bounds on the CPU.
     *
     * @param gamma (C)
     * @param beta (C)
     * @param runningMean (C), modified
     * @param runningVariance (C), modified
     * @param momentum share of this batch in the running statistics
     * @param epsilon added to the variance
     * @param then the function, or null for none
     * @return this shape
     * @throws ShapeException when a channel has a single value, which normalised is 0 whatever it was
     */
    default Tensor batchNorm(
            Tensor gamma,
            Tensor beta,
            Tensor runningMean,
            Tensor runningVariance,
            float momentum,
            float epsilon,
            @Nullable Unary then) {
        if (self().shape().rows() == 1 && !Scope.dry()) {
            throw new ShapeException(
                    "batchNorm",
                    Checks.named(gamma) + "one value a channel in " + self().shape()
                            + " has no deviation: train on larger"
                            + " batches (DataLoader.dropLast() leaves out a last one that is smaller), predict with"
                            + " Pass.INFERENCE");
        }
        NormShape s = batchShape(epsilon, gamma, beta, runningMean, runningVariance);
        Checks.constants("batchNorm", runningMean, runningVariance);
        BatchNorm op = new BatchNorm(self().shape(), s, momentum, then);
        return Tensor.apply(op, self(), gamma, beta, runningMean, runningVariance);
    }

    /**
     * Batch normalisation with given statistics; all arguments (C), the last axis of this.
     *
     * @param gamma (C)
     * @param beta (C)
     * @param mean (C)
     * @param variance (C)
     * @param epsilon added to the variance
     * @return this shape
     */
    default Tensor batchNormInference(Tensor gamma, Tensor beta, Tensor mean, Tensor variance, float epsilon) {
        NormShape s = batchShape(epsilon, gamma, beta, mean, variance);
        Checks.constants("batchNorm", mean, variance);
        return Tensor.apply(new NormInference(self().shape(), s), self(), gamma, beta, mean, variance);
    }

    private NormShape batchShape(float epsilon, Tensor... perChannel) {
        int channels = perChannel("batchNorm", perChannel);
        return NormShape.batchNorm(self().shape().rows(), channels, epsilon);
    }

    /**
     * Group normalisation of (N, .., C).
     *
     * @param groups divides C; C is instance normalisation
     * @param gamma (C)
     * @param beta (C)
     * @param epsilon added to the variance
     * @return this shape
     */
    default Tensor groupNorm(int groups, Tensor gamma, Tensor beta, float epsilon) {
        Shape x = self().shape();
        int channels = perChannel("groupNorm", gamma, beta);
        if (x.rank() < 2 || groups < 1 || channels % groups != 0) {
            throw new ShapeException(
                    "groupNorm", groups + " groups do not divide the channels of " + x + " (N, .., C)");
        }
        NormShape s = new NormShape(x.dim(0), x.rows() / x.dim(0), channels, groups, epsilon);
        return Tensor.apply(new GroupNorm(x, s), self(), gamma, beta);
    }

    /**
     * Layer normalisation over the last axis of (.., C).
     *
     * @param gamma (C)
     * @param beta (C)
     * @param epsilon added to the variance
     * @return this shape
     * @see <a href="https://arxiv.org/abs/1607.06450">Ba, Kiros and Hinton 2016</a>
     */
    default Tensor layerNorm(Tensor gamma, Tensor beta, float epsilon) {
        int channels = perChannel("layerNorm", gamma, beta);
        NormShape s = new NormShape(self().shape().rows(), 1, channels, 1, epsilon);
        return Tensor.apply(new GroupNorm(self().shape(), s), self(), gamma, beta);
    }

    private int perChannel(String op, Tensor... tensors) {
        int channels = Checks.lastAxis(op, self());
        for (Tensor t : tensors) {
            Checks.shape(op, "a per-channel operand", t, Shape.of(channels), self());
        }
        return channels;
    }
}
