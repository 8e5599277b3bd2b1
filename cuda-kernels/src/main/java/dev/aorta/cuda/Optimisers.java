package dev.aorta.cuda;

import dev.aorta.backend.AdamStep;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.SgdStep;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Steps of optimisers; see optim.cu. */
final class Optimisers {
    private final Launcher launcher;

    Optimisers(Launcher launcher) {
        this.launcher = launcher;
    }

    void clipFactor(Buffer factor, Buffer sumOfSquares, float most) {
        launcher.kernel("clip_factor")
                .buffer(factor)
                .buffer(sumOfSquares)
                .f32(most)
                .run(1);
    }

    void sgd(Buffer w, @Nullable Buffer velocity, Buffer grad, SgdStep step) {
        launcher.kernel("sgd").buffer(w).buffer(velocity).buffer(grad);
        launcher.f32(step.rate()).f32(step.momentum()).flag(step.nesterov()).f32(step.weightDecay());
        launcher.i32(w.size()).run(w.size());
    }

    void adam(Buffer[] w, Buffer[] m, Buffer[] v, Buffer[] grad, AdamStep step) {
        for (int from = 0; from < w.length; from += Launcher.MOST_SLOTS) {
            int slots = Math.min(Launcher.MOST_SLOTS, w.length - from);
            int largest = Arrays.stream(w, from, from + slots)
                    .mapToInt(Buffer::size)
                    .max()
                    .orElseThrow();
            launcher.kernel("adam").f32(step.rate());
            launcher.f32((float) step.correction1()).f32((float) step.correction2());
            launcher.f32(step.beta1()).f32(step.beta2()).f32(step.epsilon()).f32(step.weightDecay());
            launcher.slots(w, m, v, grad, from, slots).runByEights(largest, slots);
        }
    }
}
