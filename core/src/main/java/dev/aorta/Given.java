package dev.aorta;

/**
 * What the values of an array are like, as far as warnings need it.
 *
 * @param low least of some values, from all over the array
 * @param high largest of them; NaN is passed over in both
 * @param alike whether all values of the array are equal
 */
record Given(float low, float high, boolean alike) {
    private static final int SOME = 1000;

    static Given of(float[] values) {
        float low = Float.POSITIVE_INFINITY;
        float high = Float.NEGATIVE_INFINITY;
        int step = Math.max(values.length / SOME, 1);
        for (int i = 0; i < values.length; i += step) {
            low = values[i] < low ? values[i] : low;
            high = values[i] > high ? values[i] : high;
        }
        return new Given(low, high, alike(values));
    }

    private static boolean alike(float[] values) {
        int i = 0;
        while (i < values.length && values[i] == values[0]) {
            i++;
        }
        return i == values.length;
    }
}
