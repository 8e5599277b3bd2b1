package dev.aorta.op;

import dev.aorta.Shape;
import dev.aorta.backend.Backend;
import dev.aorta.backend.Buffer;
import org.jspecify.annotations.Nullable;

/**
 * A differentiable primitive: its attributes, the shape it makes, and how its value and its derivative are computed.
 *
 * <p>An op is made by the facade ({@link dev.aorta.Tensor}) after all shapes were checked; a user's own is a {@link CustomOp}.
 * It computes in buffers that it is
 * given and adds nothing up: what an input's gradient receives from several ops is summed in {@link dev.aorta.Tape} alone.
 */
public sealed interface Op
        permits BatchNorm,
                BinaryOp,
                Concat,
                Conv2d,
                Conv2dChain,
                ConvTranspose2d,
                AvgPool2d,
                CustomOp,
                DiceLoss,
                Dropout,
                Expand,
                FocalLoss,
                Gather,
                GroupNorm,
                MatMul,
                MaxPool2d,
                Move,
                NormInference,
                Reduce,
                Reshape,
                Softmax,
                UnaryOp,
                Upsample {

    /** {@return the name in messages, as in {@code [conv2d]}} */
    String name();

    /** {@return the shape of the output} */
    Shape outputShape();

    /**
     * Sizes of the extra buffers that forward writes and backward reads.
     *
     * @param recording whether a backward pass may follow
     * @return numbers of elements, none for no buffers
     */
    default int[] savedSizes(boolean recording) {
        return new int[0];
    }

    /** {@return whether it has a derivative; otherwise it is not recorded, and its result counts as a constant} */
    default boolean differentiable() {
        return true;
    }

    /**
     * Computes {@code call.out()}, all of it, and every saved buffer.
     *
     * @param call with the inputs, the output and the saved buffers
     */
    void forward(Call call);

    /**
     * Computes the gradients of the inputs.
     *
     * @param call the operands of the forward call, unchanged since
     * @param dy gradient of the output; not modified
     * @param dx one destination for each input, written whole; null where nobody needs it
     */
    void backward(Call call, Buffer dy, @Nullable Buffer[] dx);

    /**
     * The operands of one evaluation.
     *
     * @param backend where they live
     * @param in the inputs, in the order that the op states
     * @param out the output
     * @param saved what {@link #savedSizes} asked for
     */
    record Call(Backend backend, Buffer[] in, Buffer out, Buffer[] saved) {
        /** The saved buffer, or null when this evaluation is not recorded. */
        @Nullable
        Buffer savedOrNull() {
            return saved.length == 0 ? null : saved[0];
        }
    }
}
