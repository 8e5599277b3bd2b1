package dev.aorta.unet.monitor;

import dev.aorta.unet.imaging.RandomStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which of the pooled images might as well have been those of the window: any that belong to as many patients. Patients are
 * exchanged as a whole, since slices of one are alike without anything having shifted.
 */
final class Permutations {
    /** A statistic is as large as another that it equals but for its last digits. */
    private static final double ROUNDING = 1e-9;

    private final int[][] groups; // images of each patient, those of the window first
    private final int chosen; // patients of the window

    Permutations(List<Observation> window, List<Observation> reference) {
        List<int[]> all = new ArrayList<>(groups(window, 0));
        chosen = all.size();
        all.addAll(groups(reference, window.size()));
        groups = all.toArray(int[][]::new);
    }

    private static Collection<int[]> groups(List<Observation> images, int first) {
        Map<String, int[]> groups = new LinkedHashMap<>();
        for (int i = 0; i < images.size(); i++) {
            int[] one = {first + i};
            groups.merge(images.get(i).group(), one, (a, b) -> {
                int[] both = Arrays.copyOf(a, a.length + 1);
                both[a.length] = b[0];
                return both;
            });
        }
        return groups.values();
    }

    /** The smallest p value that can come out. */
    double smallest(int permutations) {
        double ways = 1;
        for (int i = 1; i <= Math.min(chosen, groups.length - chosen) && ways < 1e9; i++) {
            ways *= (double) (groups.length - i + 1) / i;
        }
        return 1 / Math.min(ways, 1.0 + permutations);
    }

    /** The images of the window as they are. */
    int[] observed() {
        return chosen(identity());
    }

    /**
     * p values of statistics.
     *
     * @param alone of each by itself
     * @param together for all of them: how likely chance alone makes the smallest p value, of this and of all that are no smaller, as
     *     small; never less than that of a smaller one
     */
    record Values(double[] alone, double[] together) {}

    /**
     * How often each statistic is at least as large for exchanged patients as it was observed, p = (1 + count) / (1 + permutations), and
     * that for all together by the step-down method of Westfall and Young, which knows from the same permutations how alike the
     * statistics are.
     *
     * @see <a href="https://doi.org/10.1007/BF02595811">Ge, Dudoit and Speed 2003: Resampling-based multiple testing for microarray data
     *     analysis, box 4</a>
     */
    Values p(List<? extends Statistic> statistics, int permutations, long seed) {
        double[][] p =
                new double[statistics.size()][1 + permutations]; // first the values; in front those that were observed
        for (int b = 0; b <= permutations; b++) {
            int[] images = b == 0 ? observed() : exchanged(new RandomStream(seed, b - 1));
            for (int s = 0; s < p.length; s++) {
                p[s][b] = statistics.get(s).of(images);
            }
        }
        for (double[] values : p) {
            toP(values);
        }
        double[] alone = Arrays.stream(p).mapToDouble(values -> values[0]).toArray();
        return new Values(alone, together(p));
    }

    /** In the place of each value the part of all that are at least as large. */
    private static void toP(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        for (int b = 0; b < values.length; b++) {
            double floor = values[b] - ROUNDING * Math.max(1e-3, Math.abs(values[b]));
            int smaller = Arrays.binarySearch(sorted, floor);
            smaller = smaller < 0 ? -1 - smaller : smaller;
            while (smaller > 0 && sorted[smaller - 1] == floor) {
                smaller--;
            }
            values[b] = (double) (values.length - smaller) / values.length;
        }
    }

    private static double[] together(double[][] p) {
        Integer[] order = new Integer[p.length];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, Comparator.comparingDouble(i -> p[i][0]));
        double[] together = new double[p.length];
        double[] least = new double[p[0].length]; // of each permutation, among the statistics from here on
        Arrays.fill(least, 1);
        for (int k = p.length - 1; k >= 0; k--) {
            double[] values = p[order[k]];
            int count = 0;
            for (int b = 0; b < least.length; b++) {
                least[b] = Math.min(least[b], values[b]);
                count += least[b] <= values[0] ? 1 : 0;
            }
            together[order[k]] = (double) count / least.length;
        }
        for (int k = 1; k < p.length; k++) {
            together[order[k]] = Math.max(together[order[k]], together[order[k - 1]]);
        }
        return together;
    }

    private int[] exchanged(RandomStream random) {
        int[] order = identity();
        for (int i = 0; i < chosen; i++) {
            int other = i + random.below(order.length - i);
            int swapped = order[i];
            order[i] = order[other];
            order[other] = swapped;
        }
        return chosen(order);
    }

    private int[] identity() {
        int[] order = new int[groups.length];
        Arrays.setAll(order, i -> i);
        return order;
    }

    /** Images of as many patients of an order as the window has. */
    private int[] chosen(int[] order) {
        return Arrays.stream(order, 0, chosen)
                .flatMap(group -> Arrays.stream(groups[group]))
                .toArray();
    }
}
