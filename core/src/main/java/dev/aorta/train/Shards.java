package dev.aorta.train;

import dev.aorta.cluster.PendingSum;
import dev.aorta.cluster.ProcessGroup;
import dev.aorta.data.DataLoader;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Batches cut into shards, each process of a group computing as many in a row. What shards come to is added in one binary tree over all
 * of them, so that the sum has the same bits whoever computed which. Each shard begins with the running statistics that the step began
 * with, and the step ends with their mean.
 */
final class Shards {
    /** What is computed of a shard. */
    interface Work {
        /**
         * Computes the samples {@code from} to {@code to} of a batch.
         *
         * @param sum where their share is left
         * @param ready may be told what of it is complete, while the rest is computed
         */
        void run(int from, int to, float[] sum, Ready ready);
    }

    /** Is told of numbers that will not change any more. */
    interface Ready {
        void numbers(int from, int to);
    }

    private final int count;
    private final ProcessGroup group;
    private boolean ended;

    Shards(int count, ProcessGroup group) {
        if (count < 1 || Integer.bitCount(count) != 1 || count < group.size()) {
            throw new IllegalArgumentException("[train] shards must be a power of two, and at least as many as the "
                    + group.size() + " processes, got " + count);
        }
        this.count = count;
        this.group = group;
    }

    ProcessGroup group() {
        return group;
    }

    int count() {
        return count;
    }

    /** Shards that each process computes. */
    int own() {
        return count / group.size();
    }

    /** Whether a batch stays whole. */
    boolean isOne() {
        return count == 1;
    }

    /** Forgets who had been told to end, for another fit. */
    void newFit() {
        ended = false;
    }

    /** Whether a process had been told to end when all were last asked. */
    boolean ended() {
        return ended;
    }

    /** The first sample of a shard, such that larger shards come first; that of {@code count} is the number of samples. */
    int begin(int shard, int samples) {
        return Math.toIntExact(Math.ceilDiv((long) samples * shard, (long) count));
    }

    /** The first sample of a batch that this process computes. */
    int from(int samples) {
        return begin(own() * group.rank(), samples);
    }

    /** One behind the last sample that it computes. */
    int to(int samples) {
        return begin(own() * (group.rank() + 1), samples);
    }

    /** The loader that reads of each batch what this process computes, or the first shard where it computes none, for its shape. */
    DataLoader own(DataLoader whole) {
        return group.size() == 1
                ? whole
                : whole.rows(
                        size -> from(size) < to(size) ? from(size) : 0,
                        size -> from(size) < to(size) ? to(size) : begin(1, size));
    }

    /**
     * Sums over all shards of all processes, in the order of a binary tree, of which it keeps one array a level for the next sum. What is
     * complete of the last shard goes to the other processes while the rest is computed.
     */
    final class Sum {
        private final int length;
        private final List<float[]> levels = new ArrayList<>(); // sums of subtrees, and last the shard that is computed
        private final Deque<float[]> free = new ArrayDeque<>();
        private final BitSet complete = new BitSet(); // of the shard that is computed
        private int subtrees; // that are complete with it
        private @Nullable PendingSum pending; // once it is the last of this process

        /**
         * Adds nothing yet.
         *
         * @param length numbers of a share; behind them stands in each array one that belongs to nobody
         */
        Sum(int length) {
            this.length = length;
        }

        /**
         * The sum of a batch.
         *
         * @param samples of the batch
         * @param end whether this process was told to end
         * @param work what leaves the share of a shard in zeros
         * @return the sum, which the next one overwrites
         */
        float[] of(int samples, boolean end, Work work) {
            free.addAll(levels);
            levels.clear();
            complete.clear();
            pending = null;
            int own = own();
            for (int number = 1; number <= own; number++) {
                float[] leaf = leaf();
                levels.add(leaf);
                subtrees = Integer.numberOfTrailingZeros(number);
                if (number == own) {
                    pending = group.begin(levels.getFirst());
                }
                int shard = own * group.rank() + number - 1;
                if (begin(shard, samples) < begin(shard + 1, samples)) {
                    work.run(begin(shard, samples), begin(shard + 1, samples), leaf, this::complete);
                }
                completeRest();
                for (int i = 0; i < subtrees; i++) {
                    free.push(levels.removeLast());
                }
            }
            float[] sum = levels.getFirst();
            PendingSum last = Objects.requireNonNull(pending);
            sum[length] = end ? 1 : 0;
            last.ready(length, length + 1);
            last.await();
            ended |= sum[length] > 0;
            return sum;
        }

        private float[] leaf() {
            float[] leaf = free.poll();
            if (leaf == null) {
                return new float[length + 1];
            }
            Arrays.fill(leaf, 0);
            return leaf;
        }

        /** Adds numbers of the shard to the subtrees that are complete with it. */
        private void complete(int from, int to) {
            complete.set(from, to);
            int top = levels.size() - 1;
            for (int level = top; level > top - subtrees; level--) {
                float[] right = levels.get(level);
                float[] left = levels.get(level - 1);
                for (int i = from; i < to; i++) {
                    left[i] += right[i];
                }
            }
            if (pending != null) {
                pending.ready(from, to);
            }
        }

        private void completeRest() {
            for (int from = complete.nextClearBit(0); from < length; from = complete.nextClearBit(from)) {
                int next = complete.nextSetBit(from);
                complete(from, next < 0 ? length : next);
            }
            complete.clear();
        }
    }
}
