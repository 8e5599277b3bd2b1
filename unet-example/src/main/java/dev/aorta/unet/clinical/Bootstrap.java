package dev.aorta.unet.clinical;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;
import org.apache.commons.math3.stat.descriptive.rank.Percentile;

/** Confidence intervals by drawing as many patients as there are, with repetition, many times. */
final class Bootstrap {
    static final int DRAWS = 2000;

    private Bootstrap() {}

    /**
     * The interval that holds 95 % of a statistic's values over the draws, {low, high}; NaN where there are fewer than two patients.
     * Contours of one patient are alike, so patients are drawn and not contours.
     */
    static <T> double[] interval(List<T> patients, long seed, ToDoubleFunction<List<T>> statistic) {
        if (patients.size() < 2) {
            return new double[] {Double.NaN, Double.NaN};
        }
        SplittableRandom random = new SplittableRandom(seed);
        double[] values = new double[DRAWS];
        for (int draw = 0; draw < DRAWS; draw++) {
            List<T> drawn = new ArrayList<>();
            for (int i = 0; i < patients.size(); i++) {
                drawn.add(patients.get(random.nextInt(patients.size())));
            }
            values[draw] = statistic.applyAsDouble(drawn);
        }
        double[] finite = Arrays.stream(values).filter(Double::isFinite).toArray();
        Percentile percentile = new Percentile();
        percentile.setData(finite);
        return finite.length == 0
                ? new double[] {Double.NaN, Double.NaN}
                : new double[] {percentile.evaluate(2.5), percentile.evaluate(97.5)};
    }
}
