package dev.aorta.backend;

import java.util.Locale;

/**
 * The functions of two numbers, each with its formula and derivatives in double precision, which are the specification: the
 * reference backend computes these. Kernels for other devices are in {@code backend.cpu.element.BinarySimd} and {@code
 * binary.cuh}. Comparisons give 1 or 0 and have the derivative 0.
 */
public enum Binary {
    /** {@code a + b}. */
    ADD((a, b) -> a + b, (a, b) -> 1, (a, b) -> 1),
    /** {@code a - b}. */
    SUB((a, b) -> a - b, (a, b) -> 1, (a, b) -> -1),
    /** {@code a b}. */
    MUL((a, b) -> a * b, (a, b) -> b, (a, b) -> a),
    /** {@code a / b}. */
    DIV((a, b) -> a / b, (a, b) -> 1 / b, (a, b) -> -a / (b * b)),
    /** The smaller; NaN wins. Of equals each has half of the derivative. */
    MIN(Math::min, (a, b) -> a < b ? 1 : a > b ? 0 : 0.5, (a, b) -> b < a ? 1 : b > a ? 0 : 0.5),
    /** The larger; NaN wins. Of equals each has half of the derivative. */
    MAX(Math::max, (a, b) -> a > b ? 1 : a < b ? 0 : 0.5, (a, b) -> b > a ? 1 : b < a ? 0 : 0.5),
    /** {@code a^b}; NaN for a negative a and a b that is not whole. The derivative for b where a is 0 is 0. */
    POW(
            Math::pow,
            (a, b) -> b == 0 ? 0 : b * Math.pow(a, b - 1),
            (a, b) -> a == 0 && b >= 0 ? 0 : Math.pow(a, b) * Math.log(a)),
    /** {@code a == b}. */
    EQUAL((a, b) -> a == b ? 1 : 0, Binary::none, Binary::none),
    /** {@code a != b}. */
    NOT_EQUAL((a, b) -> a != b ? 1 : 0, Binary::none, Binary::none),
    /** {@code a < b}. */
    LESS((a, b) -> a < b ? 1 : 0, Binary::none, Binary::none),
    /** {@code a <= b}. */
    LESS_EQUAL((a, b) -> a <= b ? 1 : 0, Binary::none, Binary::none),
    /** {@code a > b}. */
    GREATER((a, b) -> a > b ? 1 : 0, Binary::none, Binary::none),
    /** {@code a >= b}. */
    GREATER_EQUAL((a, b) -> a >= b ? 1 : 0, Binary::none, Binary::none),
    /** a where b is not 0, and 0 elsewhere, whatever a is there. */
    WHERE((a, b) -> b != 0 ? a : 0, (a, b) -> b != 0 ? 1 : 0, Binary::none),
    /** a where b is 0, and 0 elsewhere, whatever a is there. */
    WHERE_NOT((a, b) -> b == 0 ? a : 0, (a, b) -> b == 0 ? 1 : 0, Binary::none);

    private interface Formula {
        double of(double a, double b);
    }

    private final Formula formula;
    private final Formula first;
    private final Formula second;

    Binary(Formula formula, Formula first, Formula second) {
        this.formula = formula;
        this.first = first;
        this.second = second;
    }

    private static double none(double a, double b) {
        return 0;
    }

    /**
     * {@return the function in double precision}
     *
     * @param a first operand
     * @param b second operand
     */
    public double value(double a, double b) {
        return formula.of(a, b);
    }

    /**
     * The derivative for a, or for b.
     *
     * @param a first operand
     * @param b second operand
     * @param wantsSecond whether it is the derivative for b
     * @return the derivative
     */
    public double slope(double a, double b, boolean wantsSecond) {
        return (wantsSecond ? second : first).of(a, b);
    }

    /** {@return the name in messages, for example {@code lessEqual}} */
    public String label() {
        String[] words = name().toLowerCase(Locale.ROOT).split("_");
        return words.length == 1
                ? words[0]
                : words[0] + Character.toUpperCase(words[1].charAt(0)) + words[1].substring(1);
    }
}
