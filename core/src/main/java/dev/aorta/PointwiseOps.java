package dev.aorta;

import dev.aorta.backend.Binary;
import dev.aorta.backend.Unary;
import dev.aorta.backend.Unary.Kind;
import dev.aorta.op.BinaryOp;
import dev.aorta.op.Dropout;
import dev.aorta.op.UnaryOp;
import java.util.Objects;

/** The operations that treat every element alike. Two operands are broadcast as {@link dev.aorta.backend.Broadcast} says. */
sealed interface PointwiseOps permits Tensor {
    private Tensor self() {
        return (Tensor) this;
    }

    /**
     * A function of every element, with its derivative.
     *
     * @param f the function
     * @return this shape
     */
    default Tensor map(Unary f) {
        return Tensor.apply(new UnaryOp(self().shape(), f), self());
    }

    /**
     * A function of the elements of two tensors, with its derivatives and with broadcasting.
     *
     * @param f the function
     * @param other broadcast against this
     * @return the shape that both broadcast to
     */
    default Tensor combine(Binary f, Tensor other) {
        Objects.requireNonNull(other, () -> "[" + f.label() + "] the second operand is null");
        return Tensor.apply(BinaryOp.of(f, self().shape(), other.shape()), self(), other);
    }

    // ---- of two tensors

    /**
     * {@code x + other}.
     *
     * @param other broadcast against this
     * @return the shape that both broadcast to
     */
    default Tensor add(Tensor other) {
        return combine(Binary.ADD, other);
    }

    /**
     * {@code x - other}.
     *
     * @param other broadcast against this
     * @return the shape that both broadcast to
     */
    default Tensor sub(Tensor other) {
        return combine(Binary.SUB, other);
    }

    /**
     * {@code x * other}, element by element.
     *
     * @param other broadcast against this
     * @return the shape that both broadcast to
     */
    default Tensor mul(Tensor other) {
        return combine(Binary.MUL, other);
    }

    /**
     * {@code x / other}, element by element.
     *
     * @param other broadcast against this
     * @return the shape that both broadcast to
     */
    default Tensor div(Tensor other) {
        return combine(Binary.DIV, other);
    }

    /**
     * The smaller of x and other; NaN wins.
     *
     * @param other broadcast against this
     * @return the shape that both broadcast to
     */
    default Tensor min(Tensor other) {
        return combine(Binary.MIN, other);
    }

    /**
     * The larger of x and other; NaN wins.
     *
     * @param other broadcast against this
     * @return the shape that both broadcast to
     */
    default Tensor max(Tensor other) {
        return combine(Binary.MAX, other);
    }

    /**
     * {@code x^other}, element by element.
     *
     * @param other broadcast against this
     * @return the shape that both broadcast to
     */
    default Tensor pow(Tensor other) {
        return combine(Binary.POW, other);
    }

    /**
     * 1 where {@code x == other}, else 0; has the gradient 0.
     *
     * @param other broadcast against this
     * @return the shape that both broadcast to
     */
    default Tensor equal(Tensor other) {
        return combine(Binary.EQUAL, other);
    }

    /**
     * 1 where {@code x != other}, else 0; has the gradient 0.
     *
     * @param other broadcast against this
     * @return the shape that both broadcast to
     */
    default Tensor notEqual(Tensor other) {
        return combine(Binary.NOT_EQUAL, other);
    }

    /**
     * 1 where {@code x < other}, else 0; has the gradient 0.
     *
     * @param other broadcast against this
     * @return the shape that both broadcast to
     */
    default Tensor less(Tensor other) {
        return combine(Binary.LESS, other);
    }

    /**
     * 1 where {@code x <= other}, else 0; has the gradient 0.
     *
     * @param other broadcast against this
     * @return the shape that both broadcast to
     */
    default Tensor lessEqual(Tensor other) {
        return combine(Binary.LESS_EQUAL, other);
    }

    /**
     * 1 where {@code x > other}, else 0; has the gradient 0.
     *
     * @param other broadcast against this
     * @return the shape that both broadcast to
     */
    default Tensor greater(Tensor other) {
        return combine(Binary.GREATER, other);
    }

    /**
     * 1 where {@code x >= other}, else 0; has the gradient 0.
     *
     * @param other broadcast against this
     * @return the shape that both broadcast to
     */
    default Tensor greaterEqual(Tensor other) {
        return combine(Binary.GREATER_EQUAL, other);
    }

    /**
     * a where this condition is not 0, and b elsewhere; a value that is not chosen has no influence, not even a NaN.
     *
     * @param a broadcast against the condition
     * @param b broadcast against the condition
     * @return the shape that all three broadcast to
     */
    default Tensor where(Tensor a, Tensor b) {
        return a.combine(Binary.WHERE, self()).add(b.combine(Binary.WHERE_NOT, self()));
    }

    // ---- with a number

    /**
     * {@code x + c}.
     *
     * @param c added to each element
     * @return this shape
     */
    default Tensor add(float c) {
        return map(Unary.affine(1, c));
    }

    /**
     * {@code x - c}.
     *
     * @param c subtracted from each element
     * @return this shape
     */
    default Tensor sub(float c) {
        return map(Unary.affine(1, -c));
    }

    /**
     * {@code alpha * x}.
     *
     * @param alpha factor of each element
     * @return this shape
     */
    default Tensor mul(float alpha) {
        return map(Unary.affine(alpha, 0));
    }

    /**
     * {@code x / c}.
     *
     * @param c divisor of each element
     * @return this shape
     */
    default Tensor div(float c) {
        return map(Unary.affine(1 / c, 0));
    }

    /**
     * {@code x^exponent}; NaN for a negative x and an exponent that is not whole.
     *
     * @param exponent of each element
     * @return this shape
     */
    default Tensor pow(float exponent) {
        return map(new Unary(Kind.POWER, exponent, 0));
    }

    /**
     * x held within two bounds; the derivative is 1 on both.
     *
     * @param least lower bound
     * @param most upper bound
     * @return this shape
     */
    default Tensor clamp(float least, float most) {
        if (!(least <= most)) {
            throw new IllegalArgumentException("[clamp] needs least <= most, got " + least + " and " + most);
        }
        return map(new Unary(Kind.CLAMP, least, most));
    }

    // ---- of one tensor

    /**
     * {@code -x}.
     *
     * @return this shape
     */
    default Tensor neg() {
        return mul(-1);
    }

    /**
     * {@code |x|}.
     *
     * @return this shape
     */
    default Tensor abs() {
        return map(Unary.of(Kind.ABS));
    }

    /**
     * -1, 0 or 1; has the gradient 0.
     *
     * @return this shape
     */
    default Tensor sign() {
        return map(Unary.of(Kind.SIGN));
    }

    /**
     * {@code e^x}.
     *
     * @return this shape
     */
    default Tensor exp() {
        return map(Unary.of(Kind.EXP));
    }

    /**
     * {@code ln x}; NaN below 0.
     *
     * @return this shape
     */
    default Tensor log() {
        return map(Unary.of(Kind.LOG));
    }

    /**
     * {@code sqrt x}; NaN below 0.
     *
     * @return this shape
     */
    default Tensor sqrt() {
        return map(Unary.of(Kind.SQRT));
    }

    /**
     * {@code 1 / x}.
     *
     * @return this shape
     */
    default Tensor reciprocal() {
        return map(Unary.of(Kind.RECIPROCAL));
    }

    /**
     * {@code x^2}.
     *
     * @return this shape
     */
    default Tensor square() {
        return map(Unary.of(Kind.SQUARE));
    }

    /**
     * The error function.
     *
     * @return this shape
     */
    default Tensor erf() {
        return map(Unary.of(Kind.ERF));
    }

    /**
     * {@code max(x, 0)}.
     *
     * @return this shape
     */
    default Tensor relu() {
        return map(Unary.RELU);
    }

    /**
     * {@code x} where positive, else {@code slope * x}.
     *
     * @param slope not negative
     * @return this shape
     */
    default Tensor leakyRelu(float slope) {
        if (!(slope >= 0)) {
            throw new IllegalArgumentException("[leakyRelu] slope must not be negative, got " + slope);
        }
        return map(new Unary(Kind.LEAKY_RELU, slope, 0));
    }

    /**
     * {@code x} where positive, else {@code slope[c] * x}.
     *
     * @param slope broadcast against this, for example (C)
     * @return this shape
     * @see <a href="https://arxiv.org/abs/1502.01852">He et al. 2015: PReLU</a>
     */
    default Tensor prelu(Tensor slope) {
        return relu().sub(neg().relu().mul(slope));
    }

    /**
     * {@code x} where positive, else {@code alpha * (e^x - 1)}.
     *
     * @param alpha minus the limit on the negative side
     * @return this shape
     */
    default Tensor elu(float alpha) {
        return map(new Unary(Kind.ELU, alpha, 0));
    }

    /**
     * {@code x (1 + erf(x / sqrt 2)) / 2}.
     *
     * @return this shape
     */
    default Tensor gelu() {
        return map(Unary.of(Kind.GELU));
    }

    /**
     * {@code x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2}, the approximation of {@link #gelu()}.
     *
     * @return this shape
     */
    default Tensor geluTanh() {
        return map(Unary.of(Kind.GELU_TANH));
    }

    /**
     * {@code x / (1 + e^-x)}.
     *
     * @return this shape
     */
    default Tensor silu() {
        return map(Unary.of(Kind.SILU));
    }

    /**
     * {@code x min(max(x + 3, 0), 6) / 6}.
     *
     * @return this shape
     */
    default Tensor hardSwish() {
        return map(Unary.of(Kind.HARD_SWISH));
    }

    /**
     * {@code min(max(x / 6 + 1/2, 0), 1)}, as PyTorch has it.
     *
     * @return this shape
     */
    default Tensor hardSigmoid() {
        return map(new Unary(Kind.HARD_SIGMOID, 1f / 6, 0.5f));
    }

    /**
     * {@code ln(1 + e^x)}.
     *
     * @return this shape
     */
    default Tensor softplus() {
        return map(Unary.of(Kind.SOFTPLUS));
    }

    /**
     * {@code 1 / (1 + exp(-x))}.
     *
     * @return this shape
     */
    default Tensor sigmoid() {
        return map(Unary.SIGMOID);
    }

    /**
     * {@code (e^x - e^-x) / 2}.
     *
     * @return this shape
     */
    default Tensor sinh() {
        return map(Unary.of(Kind.SINH));
    }

    /**
     * {@code tanh(x)}.
     *
     * @return this shape
     */
    default Tensor tanh() {
        return map(Unary.TANH);
    }

    /**
     * Inverted dropout: zeroes each element with probability {@code rate} and divides the rest by {@code 1 - rate}.
     *
     * @param rate from 0 to below 1
     * @param seed what is dropped is a function of it and of the position alone
     * @return this shape
     */
    default Tensor dropout(float rate, long seed) {
        if (!(rate >= 0 && rate < 1)) {
            throw new IllegalArgumentException("[dropout] rate must be from 0 to below 1, got " + rate);
        }
        return Tensor.apply(new Dropout(self().shape(), rate, seed), self());
    }
}
