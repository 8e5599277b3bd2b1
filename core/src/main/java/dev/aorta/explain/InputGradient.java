package dev.aorta.explain;

import dev.aorta.Scope;
import dev.aorta.Tensor;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Pass;

/**
 * A network's scores and how they change with its input.
 *
 * @param scores (N)
 * @param gradient of each score for its own sample, of the input's shape
 */
record InputGradient(float[] scores, float[] gradient) {
    static InputGradient of(Layer network, Tensor x, Target target) {
        try (Scope scope = Scope.open()) {
            Tensor input = x.detach().requireGradient();
            Tensor scores =
                    target.scores(network.forward(input, Pass.INFERENCE)).keep();
            float[] gradient = scores.sum().backward().of(input).toArray();
            return new InputGradient(scores.toArray(), gradient);
        }
    }

    /** The scores alone. */
    static float[] scores(Layer network, Tensor x, Target target) {
        try (Scope scope = Scope.noGrad()) {
            return target.scores(network.forward(x, Pass.INFERENCE)).toArray();
        }
    }
}
