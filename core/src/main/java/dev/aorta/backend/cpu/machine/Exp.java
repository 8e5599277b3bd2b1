package dev.aorta.backend.cpu.machine;

/** Exponential and logarithm in single precision, without branches: loops around them become vector code. */
public final class Exp {
    static final float LOG2_E = 1.44269504f;
    public static final float LN2_HIGH = 0.693359375f;
    public static final float LN2_LOW = -2.12194440e-4f;
    public static final float ROUND = 0x1.8p23f;
    public static final int ROUND_BITS = Float.floatToRawIntBits(ROUND);
    static final float LARGEST = 88.72283f;
    static final float SMALLEST = -87.33654f;

    /** Coefficients of {@code (e^r - 1 - r) / r^2} from the highest power, those of Cephes' expf. */
    static final float E7 = 1.9875691500e-4f;

    static final float E6 = 1.3981999507e-3f;
    static final float E5 = 8.3334519073e-3f;
    static final float E4 = 4.1665795894e-2f;
    static final float E3 = 1.6666665459e-1f;
    static final float E2 = 5.0000001201e-1f;

    private Exp() {}

    /**
     * {@code e^x} with a relative error of at most 2.5e-7 between -87.33 and 88.72; what lies outside counts as the nearest of
     * these, so that there is neither an infinity nor a subnormal number. NaN for NaN. The power of two is added to the exponent,
     * from the lowest bits of {@code shifted}.
     */
    public static float exp(float x) {
        float in = Math.max(SMALLEST, Math.min(LARGEST, x));
        float shifted = in * LOG2_E + ROUND;
        float n = shifted - ROUND;
        float e = 1 + expm1(in - n * LN2_HIGH - n * LN2_LOW);
        return Float.intBitsToFloat(Float.floatToRawIntBits(e) + (Float.floatToRawIntBits(shifted) << 23));
    }

    /** {@code e^r - 1} for {@code |r| <= ln 2 / 2}, by a polynomial of degree 7. */
    private static float expm1(float r) {
        float e = E7;
        e = e * r + E6;
        e = e * r + E5;
        e = e * r + E4;
        e = e * r + E3;
        e = e * r + E2;
        return e * r * r + r;
    }

    /**
     * {@code ln(1 + u)} for {@code 0 <= u <= 1} with a relative error of at most 3e-7: {@code 2 artanh(u / (2 + u))} by its
     * series, in {@code s = u / (2 + u) <= 1/3}.
     */
    public static float log1p(float u) {
        float s = u / (2 + u);
        float z = s * s;
        float sum = 1f / 15;
        sum = sum * z + 1f / 13;
        sum = sum * z + 1f / 11;
        sum = sum * z + 1f / 9;
        sum = sum * z + 1f / 7;
        sum = sum * z + 1f / 5;
        sum = sum * z + 1f / 3;
        return 2 * (s + s * z * sum);
    }
}
