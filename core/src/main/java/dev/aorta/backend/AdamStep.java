package dev.aorta.backend;

/**
 * One step of Adam, the same for all parameters; {@link Backend#adam} has the formula.
 *
 * @param rate learning rate
 * @param beta1 decay of the first moment
 * @param beta2 decay of the second moment
 * @param epsilon added to the root of the second moment
 * @param weightDecay decoupled, as in AdamW
 * @param step counted from 1
 */
public record AdamStep(float rate, float beta1, float beta2, float epsilon, float weightDecay, long step) {
    /** {@return {@code 1 / (1 - beta1^step)}, by which the first moment is too small} */
    public double correction1() {
        return 1 / (1 - Math.pow(beta1, step));
    }

    /** {@return {@code 1 / (1 - beta2^step)}, by which the second moment is too small} */
    public double correction2() {
        return 1 / (1 - Math.pow(beta2, step));
    }
}
