package dev.aorta.unet.monitor;

import dev.aorta.unet.imaging.RandomStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
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

    private final int images;
    private final int[][] groups; // images of each patient, those of the window first
    private final int chosen; // patients of the window

    Permutations(List<Observation> window, List<Observation> reference) {
        images = window.size() + reference.size();
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
    boolean[] observed() {
        return marked(identity());
    }

    /**
     * How often each statistic is at least as large for exchanged patients as it was observed: p = (1 + count) / (1 + permutations).
     */
    double[] p(List<? extends Statistic> statistics, int permutations, long seed) {
        boolean[] observed = observed();
        double[] values = statistics.stream().mapToDouble(s -> s.of(observed)).toArray();
        int[] counts = new int[values.length];
        for (int b = 0; b < permutations; b++) {
            RandomStream random = new RandomStream(seed, b);
            int[] order = identity();
            for (int i = 0; i < chosen; i++) {
                int other = i + random.below(order.length - i);
                int swapped = order[i];
                order[i] = order[other];
                order[other] = swapped;
            }
            boolean[] marked = marked(order);
            for (int s = 0; s < values.length; s++) {
                double floor = values[s] - ROUNDING * Math.max(1e-3, Math.abs(values[s]));
                counts[s] += statistics.get(s).of(marked) >= floor ? 1 : 0;
            }
        }
        return Arrays.stream(counts)
                .mapToDouble(c -> (1.0 + c) / (1 + permutations))
                .toArray();
    }

    private int[] identity() {
        int[] order = new int[groups.length];
        Arrays.setAll(order, i -> i);
        return order;
    }

    private boolean[] marked(int[] order) {
        boolean[] marked = new boolean[images];
        for (int i = 0; i < chosen; i++) {
            for (int image : groups[order[i]]) {
                marked[image] = true;
            }
        }
        return marked;
    }
}
