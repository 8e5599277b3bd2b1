package dev.aorta.backend;

/**
 * One step of stochastic gradient descent, the same for all parameters; {@link Backend#sgd} has the formula.
 *
 * @param rate learning rate
 * @param momentum of the velocity; 0 for none
 * @param nesterov whether the gradient looks ahead
 * @param weightDecay added to the gradient, times the parameter
 */
public record SgdStep(float rate, float momentum, boolean nesterov, float weightDecay) {}
