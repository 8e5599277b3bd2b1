package dev.aorta.unet.clinical;

import org.apache.commons.math3.stat.correlation.PearsonsCorrelation;
import org.apache.commons.math3.stat.descriptive.DescriptiveStatistics;

/**
 * How well numbers agree with an expert's, by Bland and Altman.
 *
 * @param bias mean difference, ours minus the expert's
 * @param deviation standard deviation of the differences, n − 1; NaN of fewer than two
 * @param error mean absolute difference
 * @param correlation Pearson's; NaN of fewer than two
 */
record Agreement(double bias, double deviation, double error, double correlation) {
    /** Half the width of the limits of agreement in standard deviations. */
    static final double LIMITS = 1.96;

    static Agreement of(double[] ours, double[] experts) {
        DescriptiveStatistics differences = new DescriptiveStatistics();
        double error = 0;
        for (int i = 0; i < ours.length; i++) {
            differences.addValue(ours[i] - experts[i]);
            error += Math.abs(ours[i] - experts[i]);
        }
        boolean several = ours.length > 1;
        return new Agreement(
                differences.getMean(),
                several ? differences.getStandardDeviation() : Double.NaN,
                error / ours.length,
                several ? new PearsonsCorrelation().correlation(ours, experts) : Double.NaN);
    }
}
