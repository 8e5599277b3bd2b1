package dev.aorta.backend;

import java.util.Locale;

/**
 * A function of one number with its derivative, applied to every element of a tensor.
 *
 * @param kind which function
 * @param a its first constant, where it has one
 * @param b its second constant, where it has one
 */
public record Unary(Kind kind, float a, float b) {
    /** {@code 1 / (1 + exp(-x))}. */
    public static final Unary SIGMOID = new Unary(Kind.SIGMOID, 0, 0);
    /** {@code max(x, 0)}. */
    public static final Unary RELU = new Unary(Kind.RELU, 0, 0);
    /** {@code min(max(x, 0), 6)}; the derivative is 1 on both borders. */
    public static final Unary RELU6 = new Unary(Kind.CLAMP, 0, 6);
    /** {@code tanh(x)}. */
    public static final Unary TANH = new Unary(Kind.TANH, 0, 0);

    /**
     * The functions, each with its formula and derivative in double precision, which are the specification: the reference backend
     * computes these. Kernels for other devices are in {@code backend.cpu.element.UnarySimd} and {@code unary.cuh}.
     */
    public enum Kind {
        /** {@code a x + b}. */
        AFFINE((x, a, b) -> a * x + b, (x, y, a, b) -> a),
        /** {@code |x|}; the derivative at 0 is 0. */
        ABS((x, a, b) -> Math.abs(x), (x, y, a, b) -> Math.signum(x)),
        /** -1, 0 or 1; the derivative is 0. */
        SIGN((x, a, b) -> Math.signum(x), (x, y, a, b) -> 0),
        /** {@code e^x}. */
        EXP((x, a, b) -> Math.exp(x), (x, y, a, b) -> y),
        /** {@code ln x}; NaN below 0. */
        LOG((x, a, b) -> Math.log(x), (x, y, a, b) -> 1 / x),
        /** {@code sqrt x}; NaN below 0. */
        SQRT((x, a, b) -> Math.sqrt(x), (x, y, a, b) -> 0.5 / y),
        /** {@code 1 / x}. */
        RECIPROCAL((x, a, b) -> 1 / x, (x, y, a, b) -> -y * y),
        /** {@code x^2}. */
        SQUARE((x, a, b) -> x * x, (x, y, a, b) -> 2 * x),
        /** {@code x^a}; NaN for a negative x and an a that is not whole. */
        POWER((x, a, b) -> Math.pow(x, a), (x, y, a, b) -> a == 0 ? 0 : a * Math.pow(x, a - 1)),
        /** x held within a and b; the derivative is 1 on both borders. */
        CLAMP((x, a, b) -> Math.min(Math.max(x, a), b), (x, y, a, b) -> x >= a && x <= b ? 1 : 0),
        /** {@code 2 / sqrt(pi)} times the integral of {@code exp(-t^2)} from 0 to x. */
        ERF((x, a, b) -> Erf.erf(x), (x, y, a, b) -> Erf.TWO_OVER_ROOT_PI * Math.exp(-x * x)),
        /** {@code max(x, 0)}; NaN stays NaN. The derivative at 0 is 0. */
        RELU((x, a, b) -> Math.max(x, 0), (x, y, a, b) -> y > 0 ? 1 : 0),
        /** x where positive, {@code a x} elsewhere, {@code 0 <= a}. */
        LEAKY_RELU((x, a, b) -> x > 0 ? x : a * x, (x, y, a, b) -> x > 0 ? 1 : a),
        /** x where positive, {@code a (e^x - 1)} elsewhere. */
        ELU((x, a, b) -> x > 0 ? x : a * Math.expm1(x), (x, y, a, b) -> x > 0 ? 1 : y + a),
        /** {@code x (1 + erf(x / sqrt 2)) / 2}. */
        GELU((x, a, b) -> x * Erf.phi(x), (x, y, a, b) -> Erf.phi(x) + x * Erf.density(x)),
        /** {@code x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2}, the approximation of {@link #GELU}. */
        GELU_TANH(
                (x, a, b) -> 0.5 * x * (1 + Math.tanh(Erf.ROOT_TWO_OVER_PI * (x + 0.044715 * x * x * x))),
                (x, y, a, b) -> {
                    double t = Math.tanh(Erf.ROOT_TWO_OVER_PI * (x + 0.044715 * x * x * x));
                    return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * Erf.ROOT_TWO_OVER_PI * (1 + 3 * 0.044715 * x * x);
                }),
        /** {@code x / (1 + e^-x)}. */
        SILU((x, a, b) -> x / (1 + Math.exp(-x)), (x, y, a, b) -> {
            double s = 1 / (1 + Math.exp(-x));
            return s * (1 + x * (1 - s));
        }),
        /** {@code x min(max(x + 3, 0), 6) / 6}. */
        HARD_SWISH(
                (x, a, b) -> x * Math.clamp(x / 6 + 0.5, 0, 1), (x, y, a, b) -> x <= -3 ? 0 : x >= 3 ? 1 : x / 3 + 0.5),
        /** {@code min(max(a x + b, 0), 1)}; PyTorch's a is 1/6, Keras' 0.2, b 0.5. The derivative on the borders is 0. */
        HARD_SIGMOID((x, a, b) -> Math.min(Math.max(a * x + b, 0), 1), (x, y, a, b) -> y > 0 && y < 1 ? a : 0),
        /** {@code ln(1 + e^x)}. */
        SOFTPLUS(
                (x, a, b) -> Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
                (x, y, a, b) -> 1 / (1 + Math.exp(-x))),
        /** {@code 1 / (1 + e^-x)}. */
        SIGMOID((x, a, b) -> 1 / (1 + Math.exp(-x)), (x, y, a, b) -> y * (1 - y)),
        /** {@code (e^x - e^-x) / 2}. */
        SINH((x, a, b) -> Math.sinh(x), (x, y, a, b) -> Math.cosh(x)),
        /** {@code tanh x}. */
        TANH((x, a, b) -> Math.tanh(x), (x, y, a, b) -> 1 - y * y);

        /** A function of x and the constants. */
        private interface Formula {
            double of(double x, double a, double b);
        }

        /** Its derivative, from x and {@code y = f(x)}. */
        private interface Derivative {
            double of(double x, double y, double a, double b);
        }

        private final Formula formula;
        private final Derivative derivative;

        Kind(Formula formula, Derivative derivative) {
            this.formula = formula;
            this.derivative = derivative;
        }
    }

    /**
     * A function without constants.
     *
     * @param kind one that needs none
     * @return the function
     */
    public static Unary of(Kind kind) {
        return new Unary(kind, 0, 0);
    }

    /**
     * {@code a x + b}.
     *
     * @param a the factor
     * @param b the constant
     * @return the function
     */
    public static Unary affine(float a, float b) {
        return new Unary(Kind.AFFINE, a, b);
    }

    /**
     * {@return the function in double precision}
     *
     * @param x the operand
     */
    public double value(double x) {
        return kind.formula.of(x, a, b);
    }

    /**
     * Its derivative at x, where it has the value y.
     *
     * @param x the operand
     * @param y the value there
     * @return the derivative
     */
    public double slope(double x, double y) {
        return kind.derivative.of(x, y, a, b);
    }

    /** {@return the name in messages, for example {@code hardSwish}} */
    public String label() {
        String[] words = kind.name().toLowerCase(Locale.ROOT).split("_");
        StringBuilder label = new StringBuilder(words[0]);
        for (int i = 1; i < words.length; i++) {
            label.append(Character.toUpperCase(words[i].charAt(0))).append(words[i], 1, words[i].length());
        }
        return label.toString();
    }
}
