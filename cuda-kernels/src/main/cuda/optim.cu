// Optimisers: one pass over parameter, gradient and state, all (n).
// CPU twin: dev.aorta.backend.cpu.Optim.
#include "aorta.cuh"

// A captured step freezes its arguments, so what changes from step to step is read from `live`: rate, correction1, correction2
// (see adam). It is null outside captured steps.

// Sets `live` before a replay: the launch copies its arguments, so nobody waits.
extern "C" __global__ void set_live(float* live, float rate, float correction1, float correction2) {
    FOR_EACH(i, 1) {
        live[0] = rate;
        live[1] = correction1;
        live[2] = correction2;
    }
}

// Backend.clipFactor; factor, sumOfSquares (1)
extern "C" __global__ void clip_factor(Output factor, Input sumOfSquares, float most) {
    FOR_EACH(i, 1) {
        float norm = sqrtf(sumOfSquares[0]);
        factor[0] = norm > most ? most / norm : 1.0f;
    }
}

// Backend.sgd; velocity may be null
extern "C" __global__ void sgd(
    Output w, Output velocity, Input grad, const float* live, float rate, float momentum, int nesterov, float weightDecay, int n) {
    if (live) rate = live[0];
    FOR_EACH(i, n) {
        float g = grad[i] + weightDecay * w[i], step = g;
        if (velocity) {
            float v = momentum * velocity[i] + g;
            velocity[i] = v;
            step = nesterov ? g + momentum * v : v;
        }
        w[i] -= rate * step;
    }
}

// Backend.adam; correction1 = 1 / (1 - beta1^step), correction2 = 1 / (1 - beta2^step).
extern "C" __global__ void adam(
    Output w, Output m, Output v, Input grad, const float* live, float rate, float correction1, float correction2,
    float beta1, float beta2, float epsilon, float weightDecay, int n) {
    if (live) {
        rate = live[0];
        correction1 = live[1];
        correction2 = live[2];
    }
    FOR_EACH(i, n) {
        float g = grad[i];
        float first = beta1 * m[i] + (1.0f - beta1) * g, second = beta2 * v[i] + (1.0f - beta2) * g * g;
        m[i] = first;
        v[i] = second;
        w[i] -= rate * (first * correction1 / (sqrtf(second * correction2) + epsilon) + weightDecay * w[i]);
    }
}
