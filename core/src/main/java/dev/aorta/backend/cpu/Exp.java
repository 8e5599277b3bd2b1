package dev.aorta.backend.cpu;

/** Exponential and logarithm in single precision. */
final class Exp {
    private static final float LOG2_E = 1.44269504f;
    private static final float LN2_HIGH = 0.693359375f;
    private static final float LN2_LOW = -2.12194440e-4f;
    private static final float ROUND = 0x1.8p23f;
    private static final float LARGEST = 88.72283f;
    private static final float SMALLEST = -87.33654f;

    private Exp() {}

    /**
     * {@code e^x} with a relative error of at most 2.5e-7; 0 below -87.34 (no subnormal results), infinity above 88.72, NaN for
     * NaN. {@code x = n ln 2 + r}, and {@code e^r} is a polynomial of degree 6 on {@code |r| <= ln 2 / 2}.
     */
    static float exp(float x) {
        float shifted = Math.max(SMALLEST, Math.min(LARGEST, x)) * LOG2_E + ROUND;
        float n = shifted - ROUND;
        float r = (Math.max(SMALLEST, Math.min(LARGEST, x)) - n * LN2_HIGH) - n * LN2_LOW;
        float e = 1.9875691500e-4f;
        e = e * r + 1.3981999507e-3f;
        e = e * r + 8.3334519073e-3f;
        e = e * r + 4.1665795894e-2f;
        e = e * r + 1.6666665459e-1f;
        e = e * r + 5.0000001201e-1f;
        e = (e * r * r + r) + 1;
        int power = Float.floatToRawIntBits(shifted) - Float.floatToRawIntBits(ROUND);
        int half = power >> 1;
        e = e * powerOfTwo(half) * powerOfTwo(power - half);
        return x < SMALLEST ? 0 : x > LARGEST ? Float.POSITIVE_INFINITY : e;
    }

    /**
     * {@code ln(1 + u)} for {@code 0 <= u <= 1} with a relative error of at most 3e-7: {@code 2 artanh(u / (2 + u))} by its
     * series, in {@code s = u / (2 + u) <= 1/3}.
     */
    static float log1p(float u) {
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

    private static float powerOfTwo(int n) {
        return Float.intBitsToFloat((n + 127) << 23);
    }
}
