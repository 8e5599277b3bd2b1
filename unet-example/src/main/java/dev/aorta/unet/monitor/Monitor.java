package dev.aorta.unet.monitor;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Compares windows of images with the reference of a model.
 *
 * @param reference of the model
 * @param alpha how often, of windows in which nothing has shifted, one may be said to have
 * @param permutations of each test
 * @param tolerance by how much the mean Dice may fall below that of the reference
 * @param seed of the permutations
 */
public record Monitor(Reference reference, double alpha, int permutations, double tolerance, long seed) {
    /** Of {@link #of}. */
    public static final double ALPHA = 0.01;

    /** Of {@link #of}: enough for the smallest p value of some forty tests together to lie below {@link #ALPHA}. */
    public static final int PERMUTATIONS = 4999;

    /** Of {@link #of}. */
    public static final double TOLERANCE = 0.03;

    /** Largest difference of two distribution functions from which on images are too different to trust an estimated Dice. */
    static final double FAR = 0.5;

    private static final String KS = "ks";
    /** What is compared beside features. */
    public static final String EMBEDDING = "embedding";

    public Monitor {
        if (!(alpha > 0 && alpha < 1) || permutations < 1 || !(tolerance >= 0)) {
            throw new IllegalArgumentException(
                    "alpha must lie between 0 and 1, permutations be at least 1 and the tolerance at least 0; they are "
                            + alpha + ", " + permutations + " and " + tolerance);
        }
    }

    /** With the defaults of {@code unet monitor}. */
    public static Monitor of(Reference reference, long seed) {
        return new Monitor(reference, ALPHA, PERMUTATIONS, TOLERANCE, seed);
    }

    /**
     * What a window is found to be.
     *
     * @param number of the window, from 1
     * @param images as they were observed
     * @param means of the features that are known
     * @param drifts a row for each test
     * @param reasons of the verdict, a line each
     */
    public record Window(
            int number,
            List<Observation> images,
            Map<Feature, Double> means,
            List<Drift> drifts,
            Verdict verdict,
            List<String> reasons) {
        /** How many patients they are of, as far as is known. */
        public long patients() {
            return images.stream().map(Observation::group).distinct().count();
        }
    }

    private record Question(String feature, String test, Statistic statistic) {}

    /** Mean of a feature over the images where it is known; NaN where it is known of none. */
    static double mean(List<Observation> images, Feature feature) {
        return images.stream()
                .mapToDouble(o -> o.value(feature))
                .filter(v -> !Double.isNaN(v))
                .average()
                .orElse(Double.NaN);
    }

    /** Mean of a feature over the reference; NaN where it is not known. */
    public double referenceMean(Feature feature) {
        return mean(reference.images(), feature);
    }

    /**
     * Judges a window.
     *
     * @throws IllegalArgumentException if its patients, or those of the reference, are too few for any difference to be shown
     */
    public Window judge(int number, List<Observation> window) {
        List<Question> questions = questions(window);
        Permutations exchanged = new Permutations(window, reference.images());
        double smallest = exchanged.smallest(permutations) * questions.size();
        if (smallest > alpha) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "%d images in the window and %d in the reference, with %d permutations, can show no shift: the smallest p of"
                            + " %d tests together is %.2g, and alpha is %s; take images of more patients, or more permutations",
                    window.size(),
                    reference.images().size(),
                    permutations,
                    questions.size(),
                    smallest,
                    alpha));
        }
        int[] observed = exchanged.observed();
        Permutations.Values p =
                exchanged.p(questions.stream().map(Question::statistic).toList(), permutations, seed);
        List<Drift> drifts = new ArrayList<>();
        for (int i = 0; i < questions.size(); i++) {
            Question q = questions.get(i);
            drifts.add(new Drift(q.feature, q.test, q.statistic.of(observed), p.alone()[i], p.together()[i]));
        }
        Map<Feature, Double> means = new EnumMap<>(Feature.class);
        for (Feature f : Feature.values()) {
            if (!Double.isNaN(mean(window, f))) {
                means.put(f, mean(window, f));
            }
        }
        return verdict(number, window, means, drifts);
    }

    private List<Question> questions(List<Observation> window) {
        List<Observation> pooled =
                Stream.concat(window.stream(), reference.images().stream()).toList();
        List<Question> questions = new ArrayList<>();
        for (Feature f : Feature.values()) {
            if (!Double.isNaN(mean(window, f)) && !Double.isNaN(referenceMean(f))) {
                // as floats, which a reference's file has: its rounding is no shift
                double[] values =
                        pooled.stream().mapToDouble(o -> (float) o.value(f)).toArray();
                questions.add(new Question(f.toString(), KS, new KolmogorovSmirnov(values)));
                questions.add(new Question(f.toString(), "rank", new RankSum(values)));
                questions.add(new Question(f.toString(), "mean", new MeanDifference(values)));
                questions.add(new Question(f.toString(), "psi", new StabilityIndex(values)));
            }
        }
        List<float[]> embeddings = pooled.stream().map(Observation::embedding).toList();
        questions.add(new Question(EMBEDDING, "mmd", new MeanDiscrepancy(embeddings)));
        return questions;
    }

    private Window verdict(int number, List<Observation> window, Map<Feature, Double> means, List<Drift> drifts) {
        List<String> reasons = new ArrayList<>();
        Verdict verdict = Verdict.FINE;
        boolean labelled = means.containsKey(Feature.DICE);
        Feature dice = labelled ? Feature.DICE : Feature.ESTIMATED_DICE;
        List<Drift> shown = drifts.stream()
                .filter(d -> d.adjusted() <= alpha)
                .sorted(Comparator.comparingDouble(Drift::adjusted))
                .toList();
        for (Drift d : shown) {
            if (reasons.stream().noneMatch(r -> r.startsWith(d.feature() + ":"))) {
                reasons.add(reason(d, means));
            }
            boolean worse = d.feature().equals(dice.toString())
                    && referenceMean(dice) - means.getOrDefault(dice, 0.0) > tolerance;
            boolean far = !labelled && d.test().equals(KS) && d.statistic() >= FAR;
            verdict = worse || far || verdict == Verdict.RETRAIN ? Verdict.RETRAIN : Verdict.WATCH;
        }
        return new Window(number, List.copyOf(window), means, drifts, verdict, reasons);
    }

    private String reason(Drift d, Map<Feature, Double> means) {
        String what = "the bottom of the network sees other things";
        if (!d.feature().equals(EMBEDDING)) {
            Feature f = Feature.of(d.feature());
            what = String.format(Locale.ROOT, "mean %.4g, in the reference %.4g", means.get(f), referenceMean(f));
        }
        return String.format(
                Locale.ROOT, "%s: %s (%s %.3g, p %.2g)", d.feature(), what, d.test(), d.statistic(), d.adjusted());
    }
}
