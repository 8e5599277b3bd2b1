// Optimisers: one pass over parameter, gradient and state.
// CPU twin: dev.aorta.backend.cpu.element.Optim.
#include "aorta.cuh"

// Backend.clipFactor; factor, sumOfSquares (1)
extern "C" __global__ void clip_factor(Output factor, Input sumOfSquares, float most) {
    FOR_EACH(i, 1) {
        float norm = sqrtf(sumOfSquares[0]);
        factor[0] = norm > most ? most / norm : 1.0f;
    }
}

// Backend.sgd; w, velocity, grad (n), velocity may be null
extern "C" __global__ void sgd(
    Output w, Output velocity, Input grad, float rate, float momentum, int nesterov, float weightDecay, int n) {
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

// Parameters that one launch steps, each with its state and its gradient; n[k] elements in w[k], m[k], v[k] and grad[k].
struct Slots {
    static const int MOST = 64;
    float *w[MOST], *m[MOST], *v[MOST];
    Input grad[MOST];
    int n[MOST];
};

// What Adam does to elements i to i + W - 1 of a parameter.
struct AdamRule {
    float rate, correction1, correction2, beta1, beta2, epsilon, weightDecay;

    template <int W>
    __device__ void step(Output w, Output m, Output v, Input grad, size_t i) const {
        Vec<W> weight = w.get<W>(i), first = m.get<W>(i), second = v.get<W>(i), g = grad.get<W>(i);
        for (int j = 0; j < W; j++) {
            first.v[j] = beta1 * first.v[j] + (1.0f - beta1) * g.v[j];
            second.v[j] = beta2 * second.v[j] + (1.0f - beta2) * g.v[j] * g.v[j];
            float direction = first.v[j] * correction1 / (sqrtf(second.v[j] * correction2) + epsilon);
            weight.v[j] -= rate * (direction + weightDecay * weight.v[j]);
        }
        m.put(i, first);
        v.put(i, second);
        w.put(i, weight);
    }
};

// Backend.adam; correction1 = 1 / (1 - beta1^step), correction2 = 1 / (1 - beta2^step). grid (blocks, slots)
extern "C" __global__ void adam(
    float rate, float correction1, float correction2, float beta1, float beta2, float epsilon,
    float weightDecay, const Slots slots) {
    AdamRule rule{rate, correction1, correction2, beta1, beta2, epsilon, weightDecay};
    int k = blockIdx.y, n = slots.n[k];
    Output w{slots.w[k], 0}, m{slots.m[k], 0}, v{slots.v[k], 0};
    FOR_EACH(i, n / 8) rule.step<8>(w, m, v, slots.grad[k], 8 * (size_t)i);
    FOR_EACH(i, n % 8) rule.step<1>(w, m, v, slots.grad[k], n - 1 - i);
}
