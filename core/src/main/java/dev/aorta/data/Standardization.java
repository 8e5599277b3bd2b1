package dev.aorta.data;

import dev.aorta.Shape;
import java.util.Arrays;

/**
 * Brings each column of a table to mean 0 and deviation 1, by what the training samples have: {@code (x - mean) / deviation}.
 *
 * @param mean of each value of a sample
 * @param deviation of each, 1 where all samples have the same
 */
public record Standardization(float[] mean, float[] deviation) {
    /**
     * {@return what these values have}
     *
     * @param values (N, ..), measured over the samples
     */
    public static Standardization of(Values values) {
        int row = values.row();
        float[] x = values.array();
        double[] sum = new double[row];
        for (int i = 0; i < x.length; i++) {
            sum[i % row] += x[i];
        }
        int count = x.length / row;
        double[] squares = new double[row];
        for (int i = 0; i < x.length; i++) {
            double d = x[i] - sum[i % row] / count;
            squares[i % row] += d * d;
        }
        float[] mean = new float[row];
        float[] deviation = new float[row];
        for (int c = 0; c < row; c++) {
            mean[c] = (float) (sum[c] / count);
            float found = (float) Math.sqrt(squares[c] / count);
            deviation[c] = found > 0 ? found : 1;
        }
        return new Standardization(mean, deviation);
    }

    /**
     * {@return one sample, standardised, (1, values)}
     *
     * @param sample not modified
     */
    public Values of(float[] sample) {
        return apply(new Values(sample, Shape.of(1, sample.length)));
    }

    /**
     * {@return a copy of samples, standardised}
     *
     * @param values (N, ..)
     */
    public Values apply(Values values) {
        float[] x = values.array().clone();
        requireRow(values);
        for (int i = 0; i < x.length; i++) {
            x[i] = (x[i] - mean[i % mean.length]) / deviation[i % mean.length];
        }
        return new Values(x, values.shape());
    }

    /**
     * {@return a copy of standardised samples as they were before}
     *
     * @param values (N, ..)
     */
    public Values invert(Values values) {
        float[] x = values.array().clone();
        requireRow(values);
        for (int i = 0; i < x.length; i++) {
            x[i] = x[i] * deviation[i % mean.length] + mean[i % mean.length];
        }
        return new Values(x, values.shape());
    }

    private void requireRow(Values values) {
        if (values.row() != mean.length) {
            throw new IllegalArgumentException("[data] samples " + values.shape() + " have " + values.row()
                    + " values each, those that were measured had " + mean.length);
        }
    }

    @Override
    public String toString() {
        return "Standardization by " + Arrays.toString(mean) + " and " + Arrays.toString(deviation);
    }
}
