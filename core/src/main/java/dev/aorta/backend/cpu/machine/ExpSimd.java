package dev.aorta.backend.cpu.machine;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@link Exp} on vectors, with the same polynomials and bounds, and more functions of its kind. Relative errors are measured by
 * {@code ExpTest}.
 *
 * <p>The compiler stops to inline such a method when the one around it has grown past some 45 vector operations, and a vector that
 * crosses a call lies on the heap. So a loop that needs two of them hands over an array in between, unless both are short.
 */
public final class ExpSimd {
    private static final VectorSpecies<Float> S = Species.S;

    /** Bits of the square root of 1/2: what is subtracted from the bits of a number to have its exponent round to nearest. */
    public static final int ROOT_HALF_BITS = 0x3f3504f3;

    private static final FloatVector MINUS_LN2_HIGH = FloatVector.broadcast(S, -Exp.LN2_HIGH);
    private static final FloatVector LN2_HIGH = FloatVector.broadcast(S, Exp.LN2_HIGH);
    private static final FloatVector LN2_LOW = FloatVector.broadcast(S, Exp.LN2_LOW);
    private static final FloatVector MINUS_LN2_LOW = FloatVector.broadcast(S, -Exp.LN2_LOW);

    private ExpSimd() {}

    /** {@code e^x} as {@link Exp#exp}. */
    public static FloatVector exp(FloatVector x) {
        FloatVector in = between(Species.exact(x), Exp.SMALLEST, Exp.LARGEST);
        FloatVector shifted = in.fma(Exp.LOG2_E, Exp.ROUND);
        FloatVector n = shifted.sub(Exp.ROUND);
        FloatVector r = n.fma(MINUS_LN2_LOW, n.fma(MINUS_LN2_HIGH, in));
        IntVector power = shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
        return expm1(r).add(1).reinterpretAsInts().add(power).reinterpretAsFloats();
    }

    /** {@code e^x}, to within 3e-7; 0 and infinity where a float cannot hold it. */
    public static FloatVector expToInfinity(FloatVector x) {
        return exp(x, FloatVector.zero(S));
    }

    /** {@code e^(x + low)} as {@link #expToInfinity}, where low is far below x and finite. */
    public static FloatVector exp(FloatVector x, FloatVector low) {
        FloatVector in = between(Species.exact(x), -104, 89);
        FloatVector shifted = in.fma(Exp.LOG2_E, Exp.ROUND);
        FloatVector n = shifted.sub(Exp.ROUND);
        FloatVector r = n.fma(MINUS_LN2_LOW, n.fma(MINUS_LN2_HIGH, in)).add(Species.exact(low));
        // 2^n in two factors, of which each is a normal number
        IntVector power = shifted.reinterpretAsInts().sub(Exp.ROUND_BITS);
        IntVector half = power.lanewise(VectorOperators.ASHR, 1);
        IntVector rest = power.sub(half);
        return expm1(r).add(1)
                .mul(half.add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats())
                .mul(rest.add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats());
    }

    /**
     * {@code 1 + e^-x}, to within 2e-7, infinity below -88: what x is divided by in {@code x sigmoid(x)}. Half of the exponential is a normal
     * number wherever the sum is finite, so that its exponent is added as an integer; the ends are put right last, which nothing waits for.
     * The polynomial is the one of degree 6 through e^-r at the zeros of a Chebyshev polynomial, to within 3e-9.
     */
    public static FloatVector onePlusExpOfMinus(FloatVector x) {
        FloatVector in = Species.exact(x);
        FloatVector shifted = in.fma(-Exp.LOG2_E, Exp.ROUND - 1);
        FloatVector n = shifted.sub(Exp.ROUND - 1);
        FloatVector r = n.fma(LN2_LOW, n.fma(LN2_HIGH, in));
        FloatVector e = FloatVector.broadcast(S, 1.394131787e-3f);
        e = e.fma(r, FloatVector.broadcast(S, -8.375294088e-3f));
        e = e.fma(r, FloatVector.broadcast(S, 4.166635038e-2f));
        e = e.fma(r, FloatVector.broadcast(S, -1.666641350e-1f));
        e = e.fma(r, FloatVector.broadcast(S, 5.000000048e-1f));
        e = e.fma(r, FloatVector.broadcast(S, -1.000000038f));
        e = e.fma(r, FloatVector.broadcast(S, 1));
        IntVector power = shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
        FloatVector sum = e.reinterpretAsInts().add(power).reinterpretAsFloats().fma(2, 1);
        sum = sum.blend(1, in.compare(VectorOperators.GT, 17f));
        return sum.blend(Float.POSITIVE_INFINITY, in.compare(VectorOperators.LT, -88f));
    }

    /** {@code e^x - 1} for x up to 0, to within 4e-7. */
    public static FloatVector expm1OfNegative(FloatVector x) {
        FloatVector in = atLeast(Species.exact(x), Exp.SMALLEST);
        FloatVector shifted = in.fma(Exp.LOG2_E, Exp.ROUND);
        FloatVector n = shifted.sub(Exp.ROUND);
        FloatVector r = n.fma(MINUS_LN2_LOW, n.fma(MINUS_LN2_HIGH, in));
        FloatVector scale = shifted.reinterpretAsInts()
                .sub(Exp.ROUND_BITS - 127)
                .lanewise(VectorOperators.LSHL, 23)
                .reinterpretAsFloats();
        return scale.mul(expm1(r)).add(scale.sub(1));
    }

    /** {@code tanh(x)}, to within 5e-7: {@code t / (t + 2)} with {@code t = e^2x - 1}. */
    public static FloatVector tanh(FloatVector x) {
        FloatVector in = between(Species.exact(x).add(x), -20, 20);
        FloatVector shifted = in.fma(Exp.LOG2_E, Exp.ROUND);
        FloatVector n = shifted.sub(Exp.ROUND);
        FloatVector r = n.fma(MINUS_LN2_LOW, n.fma(MINUS_LN2_HIGH, in));
        FloatVector scale = shifted.reinterpretAsInts()
                .sub(Exp.ROUND_BITS - 127)
                .lanewise(VectorOperators.LSHL, 23)
                .reinterpretAsFloats();
        FloatVector t = scale.mul(expm1(r)).add(scale.sub(1));
        return t.div(t.add(2));
    }

    /** {@code ln(1 + u)} as {@link Exp#log1p}. */
    public static FloatVector log1p(FloatVector x) {
        FloatVector u = Species.exact(x);
        FloatVector s = u.div(u.add(2));
        FloatVector z = s.mul(s);
        FloatVector sum = FloatVector.broadcast(S, 1f / 15);
        sum = sum.mul(z).add(1f / 13);
        sum = sum.mul(z).add(1f / 11);
        sum = sum.mul(z).add(1f / 9);
        sum = sum.mul(z).add(1f / 7);
        sum = sum.mul(z).add(1f / 5);
        sum = sum.mul(z).add(1f / 3);
        FloatVector log = s.add(s.mul(z).mul(sum));
        return log.add(log);
    }

    /**
     * {@code ln x}, to within 2e-7, for all floats: NaN below 0, -infinity at 0. {@code x = 2^n (1 + f)} with 1 + f between the
     * roots of 1/2 and 2, and a polynomial of our own for {@code (ln(1 + f) - f + f^2 / 2) / f^3}.
     */
    public static FloatVector log(FloatVector x) {
        FloatVector v = Species.exact(x);
        VectorMask<Float> small = v.compare(VectorOperators.LT, Float.MIN_NORMAL);
        IntVector bits = v.blend(v.mul(0x1p24f), small).reinterpretAsInts();
        IntVector power = bits.sub(ROOT_HALF_BITS).lanewise(VectorOperators.ASHR, 23);
        FloatVector n = power.add(Exp.ROUND_BITS).reinterpretAsFloats().sub(Exp.ROUND);
        n = n.blend(n.sub(24), small);
        FloatVector f = bits.sub(power.lanewise(VectorOperators.LSHL, 23))
                .reinterpretAsFloats()
                .sub(1);
        FloatVector p = FloatVector.broadcast(S, -0.0763455704f);
        p = p.mul(f).add(0.127616763f);
        p = p.mul(f).add(-0.131602079f);
        p = p.mul(f).add(0.142017469f);
        p = p.mul(f).add(-0.16623354f);
        p = p.mul(f).add(0.200012267f);
        p = p.mul(f).add(-0.250008225f);
        p = p.mul(f).add(0.333333313f);
        FloatVector square = f.mul(f);
        FloatVector low = p.mul(f).mul(square).add(n.mul(Exp.LN2_LOW)).sub(square.mul(0.5f));
        FloatVector log = low.add(f).add(n.mul(Exp.LN2_HIGH));
        log = log.blend(
                v, v.compare(VectorOperators.LT, Float.POSITIVE_INFINITY).not());
        log = log.blend(Float.NaN, v.compare(VectorOperators.LT, 0f));
        return log.blend(Float.NEGATIVE_INFINITY, v.compare(VectorOperators.EQ, 0f));
    }

    /**
     * {@code e^(x^2) erfc(x)}, to within 5e-7, for x from 0 to 10; what is above counts as 10, where e^-100 makes up for it. A
     * polynomial of our own in {@code u = 1 / (1 + 0.35 x)}.
     */
    public static FloatVector scaledErfc(FloatVector x) {
        FloatVector u = FloatVector.broadcast(S, 1)
                .div(atMost(Species.exact(x), 10).mul(0.35f).add(1));
        FloatVector p = FloatVector.broadcast(S, 0.038545128f);
        p = p.mul(u).add(-0.159735247f);
        p = p.mul(u).add(0.18342416f);
        p = p.mul(u).add(-0.0304227956f);
        p = p.mul(u).add(0.0893732607f);
        p = p.mul(u).add(0.144720033f);
        p = p.mul(u).add(0.151666477f);
        p = p.mul(u).add(0.187793732f);
        p = p.mul(u).add(0.197152227f);
        return p.mul(u).add(0.197483018f).mul(u);
    }

    /** NaN stays NaN, as in Java's max, which takes three times as many instructions. */
    private static FloatVector atLeast(FloatVector x, float least) {
        return x.blend(least, x.compare(VectorOperators.LT, least));
    }

    private static FloatVector atMost(FloatVector x, float most) {
        return x.blend(most, x.compare(VectorOperators.GT, most));
    }

    private static FloatVector between(FloatVector x, float least, float most) {
        return atLeast(atMost(x, most), least);
    }

    private static FloatVector expm1(FloatVector x) {
        FloatVector r = Species.exact(x);
        FloatVector e = FloatVector.broadcast(S, Exp.E7);
        e = e.fma(r, FloatVector.broadcast(S, Exp.E6));
        e = e.fma(r, FloatVector.broadcast(S, Exp.E5));
        e = e.fma(r, FloatVector.broadcast(S, Exp.E4));
        e = e.fma(r, FloatVector.broadcast(S, Exp.E3));
        e = e.fma(r, FloatVector.broadcast(S, Exp.E2));
        return e.mul(r).fma(r, r);
    }
}
