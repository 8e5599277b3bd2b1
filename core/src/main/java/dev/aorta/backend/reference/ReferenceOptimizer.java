package dev.aorta.backend.reference;

import dev.aorta.backend.AdamStep;
import dev.aorta.backend.SgdStep;
import org.jspecify.annotations.Nullable;

/** One step of each optimiser. */
final class ReferenceOptimizer {
    private ReferenceOptimizer() {}

    static void sgd(double[] w, double @Nullable [] velocity, double[] grad, SgdStep step) {
        for (int i = 0; i < w.length; i++) {
            double g = grad[i] + step.weightDecay() * w[i];
            double move = g;
            if (velocity != null) {
                velocity[i] = step.momentum() * velocity[i] + g;
                move = step.nesterov() ? g + step.momentum() * velocity[i] : velocity[i];
            }
            w[i] -= step.rate() * move;
        }
    }

    static void adam(double[] w, double[] m, double[] v, double[] grad, AdamStep step) {
        double beta1 = step.beta1();
        double beta2 = step.beta2();
        double correction1 = step.correction1();
        double correction2 = step.correction2();
        for (int i = 0; i < w.length; i++) {
            m[i] = beta1 * m[i] + (1 - beta1) * grad[i];
            v[i] = beta2 * v[i] + (1 - beta2) * grad[i] * grad[i];
            double update = m[i] * correction1 / (Math.sqrt(v[i] * correction2) + step.epsilon());
            w[i] -= step.rate() * (update + step.weightDecay() * w[i]);
        }
    }
}
