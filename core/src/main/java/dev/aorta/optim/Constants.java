package dev.aorta.optim;

/** What the constants of optimisers must be. */
final class Constants {
    private Constants() {}

    /** @throws IllegalArgumentException when a number is not from 0 to below 1, also when rounded to a float */
    static void requireFraction(String optimizer, String what, double value) {
        if (!(value >= 0 && (float) value < 1)) {
            throw new IllegalArgumentException(
                    "[" + optimizer + "] " + what + " must be from 0 to below 1, got " + value);
        }
    }

    /** @throws IllegalArgumentException when a number is below the smallest normal float, so that a gradient of 0 would divide by 0 */
    static void requireEpsilon(String optimizer, double value) {
        if (!(value >= Float.MIN_NORMAL)) {
            throw new IllegalArgumentException("[" + optimizer + "] epsilon must be at least 1.2e-38, got " + value);
        }
    }
}
