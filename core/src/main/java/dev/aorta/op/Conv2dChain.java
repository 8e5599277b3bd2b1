package dev.aorta.op;

import dev.aorta.Shape;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.ConvShape;
import dev.aorta.backend.ConvStage;
import dev.aorta.backend.Unary;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Convolutions one after the other, each of a scaled image, with something added and a function behind it, for inference; while gradients are recorded
 * they are operations of their own. Inputs: x (N, H, W, C), and of each convolution w (out, kH, kW, C / groups), with a bias b (out),
 * what its image is multiplied by (N, 1, 1, C), and what is added, where there is something.
 *
 * @param stages the convolutions
 */
public record Conv2dChain(List<Stage> stages) implements Op {
    /**
     * One convolution.
     *
     * @param shape geometry
     * @param bias whether there is one
     * @param scale whether its image is multiplied by something
     * @param added whether something is added
     * @param then a function of each element, or null for none
     */
    public record Stage(
            ConvShape shape,
            boolean bias,
            boolean scale,
            boolean added,
            @Nullable Unary then) {}

    /** Copies the list. */
    public Conv2dChain {
        stages = List.copyOf(stages);
    }

    @Override
    public String name() {
        return "conv2d";
    }

    @Override
    public Shape outputShape() {
        return stages.getLast().shape().output();
    }

    @Override
    public boolean differentiable() {
        return false;
    }

    @Override
    public void forward(Call c) {
        List<ConvStage> chain = new ArrayList<>(stages.size());
        int next = 1;
        for (Stage s : stages) {
            Buffer w = c.in()[next++];
            Buffer bias = s.bias ? c.in()[next++] : null;
            Buffer scale = s.scale ? c.in()[next++] : null;
            Buffer added = s.added ? c.in()[next++] : null;
            chain.add(new ConvStage(w, bias, scale, added, s.then, s.shape));
        }
        if (chain.size() == 1) {
            c.backend().conv2dThen(c.out(), c.in()[0], chain.getFirst());
        } else {
            c.backend().conv2dChain(c.out(), c.in()[0], chain);
        }
    }

    @Override
    public void backward(Call c, Buffer dy, @Nullable Buffer[] dx) {
        throw new UnsupportedOperationException("[conv2d] has no derivative with what follows it");
    }
}
