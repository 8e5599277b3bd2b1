package dev.aorta.jmhgate;

/** Exact null distribution of the Wilcoxon-Mann-Whitney rank sum: every choice of ranks for one sample is as likely as another. */
final class RankSum {
    /** Most forks a side: the exact distribution of 100 and 100 takes a second, and nobody waits for so many JVMs. */
    static final int MOST = 100;

    private RankSum() {}

    /**
     * In how many ways a sum comes about.
     *
     * @param ranks of the pooled sample, doubled, so that those of ties are whole numbers
     * @param chosen size of one sample
     * @return {@code [sum]}, the number of choices of so many ranks that have this sum
     */
    static double[] ways(int[] ranks, int chosen) {
        int most = 0;
        for (int rank : ranks) {
            most += rank;
        }
        double[][] ways = new double[chosen + 1][most + 1];
        ways[0][0] = 1;
        for (int seen = 0; seen < ranks.length; seen++) {
            for (int count = Math.min(seen + 1, chosen); count > 0; count--) {
                for (int sum = most; sum >= ranks[seen]; sum--) {
                    ways[count][sum] += ways[count - 1][sum - ranks[seen]];
                }
            }
        }
        return ways[chosen];
    }

    /** How many ways there are to choose which forks are the base's. */
    static double choices(int base, int head) {
        double choices = 1;
        for (int i = 1; i <= base; i++) {
            choices *= (head + i) / (double) i;
        }
        return Math.rint(choices);
    }

    /** The least one-sided p that so many forks can reach: that of samples which do not overlap. */
    static double leastP(int base, int head) {
        return 1 / choices(base, head);
    }

    /**
     * Which of the ordered pairwise differences, counted from either end from 1, is the end of the confidence interval; 0 when even
     * their whole range is too narrow.
     *
     * @param alpha the most that each end may miss
     */
    static int rank(int base, int head, double alpha) {
        int[] ranks = new int[base + head];
        for (int i = 0; i < ranks.length; i++) {
            ranks[i] = 2 * (i + 1);
        }
        double[] ways = ways(ranks, head);
        double total = choices(base, head);
        int least = head * (head + 1);
        int rank = 0;
        double tail = ways[least];
        while (tail / total <= alpha) {
            rank++;
            tail += ways[least + 2 * rank];
        }
        return rank;
    }
}
