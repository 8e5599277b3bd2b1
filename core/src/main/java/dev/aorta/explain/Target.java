package dev.aorta.explain;

import dev.aorta.ShapeException;
import dev.aorta.Tensor;

/** The number that is explained: a score of each sample, as a function of a network's output. */
@FunctionalInterface
public interface Target {
    /**
     * The scores.
     *
     * @param output of the network, (N, ..)
     * @return (N), computed from it by differentiable operations
     */
    Tensor scores(Tensor output);

    /**
     * The logit of a class; of an output with pixels its sum over all of them.
     *
     * @param index of the class, on the last axis of the output
     * @return the target
     */
    static Target ofClass(int index) {
        return output -> {
            Tensor logit = output.slice(-1, index, index + 1);
            int[] axes = new int[output.shape().rank() - 1];
            for (int i = 0; i < axes.length; i++) {
                axes[i] = i + 1;
            }
            return logit.sum(axes);
        };
    }

    /**
     * The logits of a class summed over chosen pixels, as Seg-Grad-CAM takes them.
     *
     * @param index of the class, on the last axis of the output (N, H, W, classes)
     * @param pixels [H, W] of every sample, not 0 where a pixel counts; copied
     * @return the target
     * @throws IllegalArgumentException when no pixel counts
     * @see <a href="https://arxiv.org/abs/2002.11434">Vinogradova, Dibrov and Myers 2020: Seg-Grad-CAM</a>
     */
    static Target ofPixels(int index, byte[] pixels) {
        float[] chosen = new float[pixels.length];
        int count = 0;
        for (int i = 0; i < chosen.length; i++) {
            chosen[i] = pixels[i] == 0 ? 0 : 1;
            count += pixels[i] == 0 ? 0 : 1;
        }
        if (count == 0) {
            throw new IllegalArgumentException("[target] none of " + chosen.length
                    + " pixels is chosen, so there is nothing to explain: choose some, or take Target.ofClass");
        }
        return output -> {
            if (output.shape().rank() != 4
                    || output.shape().dim(1) * output.shape().dim(2) != chosen.length) {
                throw new ShapeException(
                        "target",
                        chosen.length + " pixels were chosen for the output " + output.shape() + " (N, H, W, C)");
            }
            Tensor mask = Tensor.of(
                    output.device(),
                    chosen,
                    1,
                    output.shape().dim(1),
                    output.shape().dim(2),
                    1);
            return output.slice(-1, index, index + 1).mul(mask).sum(1, 2, 3);
        };
    }
}
