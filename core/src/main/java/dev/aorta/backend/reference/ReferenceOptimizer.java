package dev.aorta.backend.reference;

import org.jspecify.annotations.Nullable;

/** One step of each optimiser. */
final class ReferenceOptimizer {
    private ReferenceOptimizer() {}

    static void sgd(
            double[] w,
            double @Nullable [] velocity,
            double[] grad,
            double rate,
            double momentum,
            boolean nesterov,
            double weightDecay) {
        for (int i = 0; i < w.length; i++) {
            double g = grad[i] + weightDecay * w[i];
            double step = g;
            if (velocity != null) {
                velocity[i] = momentum * velocity[i] + g;
                step = nesterov ? g + momentum * velocity[i] : velocity[i];
            }
            w[i] -= rate * step;
        }
    }

    static void adam(
            double[] w,
            double[] m,
            double[] v,
            double[] grad,
            double rate,
            double beta1,
            double beta2,
            double epsilon,
            double weightDecay,
            long step) {
        double correction1 = 1 - Math.pow(beta1, step);
        double correction2 = 1 - Math.pow(beta2, step);
        for (int i = 0; i < w.length; i++) {
            m[i] = beta1 * m[i] + (1 - beta1) * grad[i];
            v[i] = beta2 * v[i] + (1 - beta2) * grad[i] * grad[i];
            double update = m[i] / correction1 / (Math.sqrt(v[i] / correction2) + epsilon);
            w[i] -= rate * update + rate * weightDecay * w[i];
        }
    }
}
