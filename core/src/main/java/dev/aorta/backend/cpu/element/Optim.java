package dev.aorta.backend.cpu.element;

import dev.aorta.backend.AdamStep;
import dev.aorta.backend.SgdStep;
import dev.aorta.backend.cpu.machine.Chunks;
import dev.aorta.backend.cpu.machine.Parallel;
import dev.aorta.backend.cpu.machine.Vanishing;
import org.jspecify.annotations.Nullable;

/** Optimiser steps, one pass over parameter, gradient and state. */
public final class Optim {
    private Optim() {}

    public static void sgd(Parallel p, float[] w, float @Nullable [] velocity, float[] grad, SgdStep step) {
        float rate = step.rate();
        float momentum = step.momentum();
        float weightDecay = step.weightDecay();
        if (velocity == null) {
            Chunks.run(p, w.length, (from, to) -> {
                for (int i = from; i < to; i++) {
                    w[i] -= rate * (grad[i] + weightDecay * w[i]);
                }
            });
        } else {
            // Nesterov's step g + momentum * v is a * v + b * g with a = momentum and b = 1
            float a = step.nesterov() ? momentum : 1;
            float b = step.nesterov() ? 1 : 0;
            Chunks.run(p, w.length, (from, to) -> {
                for (int i = from; i < to; i++) {
                    float g = grad[i] + weightDecay * w[i];
                    float v = (momentum * velocity[i] + g + Vanishing.FLUSH_MOMENT) - Vanishing.FLUSH_MOMENT;
                    velocity[i] = v;
                    w[i] -= rate * (a * v + b * g);
                }
            });
        }
    }

    public static void adam(Parallel p, float[] w, float[] m, float[] v, float[] grad, AdamStep step) {
        float beta1 = step.beta1();
        float beta2 = step.beta2();
        float epsilon = step.epsilon();
        float meanRate = (float) (step.rate() * step.correction1());
        float varianceScale = (float) step.correction2();
        float decay = step.rate() * step.weightDecay();
        float gain1 = (float) (1 - (double) beta1);
        float gain2 = (float) (1 - (double) beta2);
        Chunks.run(p, w.length, (from, to) -> {
            for (int i = from; i < to; i++) {
                float g = grad[i];
                float mean = (beta1 * m[i] + gain1 * g + Vanishing.FLUSH_MOMENT) - Vanishing.FLUSH_MOMENT;
                float square = (beta2 * v[i] + gain2 * g * g + Vanishing.FLUSH_MOMENT) - Vanishing.FLUSH_MOMENT;
                m[i] = mean;
                v[i] = square;
                w[i] -= meanRate * mean / ((float) Math.sqrt(square * varianceScale) + epsilon) + decay * w[i];
            }
        });
    }
}
