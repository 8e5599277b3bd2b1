package dev.aorta.train;

import dev.aorta.nn.Shard;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Gradients and running statistics of a network over shards. */
final class ShardedStep implements AutoCloseable {
    private final Shards shards;
    private final List<ShardReplica> replicas;
    private final ShardReplica first;
    private final Shards.Sum sums;
    private final @Nullable Lockstep lockstep;
    private final Deque<float[]> free = new ArrayDeque<>(); // for shards that are computed at once

    /**
     * Of a network.
     *
     * @param replicas of which each computes one of as many shards at once
     * @param together whether batch normalisation takes the statistics of all shards of a batch
     * @throws IllegalStateException if that is asked of several replicas
     */
    ShardedStep(Shards shards, List<Replica> replicas, boolean together) {
        if (together && replicas.size() > 1) {
            throw new IllegalStateException(
                    "[train] a training that is synchronised() has one device in each process; start a process for each device");
        }
        this.shards = shards;
        this.replicas = replicas.stream().map(ShardReplica::new).toList();
        first = this.replicas.getFirst();
        lockstep = together ? new Lockstep(shards) : null;
        sums = shards.new Sum(first.length());
    }

    /**
     * Loss and gradients of a batch in the calling thread's scope, as {@link DataParallel#backward}.
     *
     * @param end whether this process was told to end
     */
    DataParallel.Result backward(int samples, boolean end, DataParallel.Part part) {
        replicas.forEach(ShardReplica::keepState);
        float[] sum = lockstep != null
                ? together(lockstep, samples, end, part)
                : replicas.size() > 1 ? someAtOnce(samples, end, part) : eachAlone(samples, end, part);
        return new DataParallel.Result(sum[first.loss()], first.take(sum));
    }

    /** The shard that begins with a sample, for the others to be asked; null where each is computed alone. */
    @Nullable
    Shard shard(int from) {
        return lockstep == null ? null : lockstep.member(from);
    }

    /** One shard after the other; what is complete of the last one travels while the rest is computed. */
    private float[] eachAlone(int samples, boolean end, DataParallel.Part part) {
        shapeWithoutShard(samples, part);
        return sums.of(samples, end, (from, to, leaf, ready) -> {
            first.compute(from, to, samples, part, leaf, ready, false);
            leaveState(first, from, to, samples, leaf);
        });
    }

    private void shapeWithoutShard(int samples, DataParallel.Part part) {
        if (shards.from(samples) == shards.to(samples)) {
            first.shape(part, shards.begin(1, samples));
        }
    }

    private static void leaveState(ShardReplica on, int from, int to, int samples, float[] leaf) {
        on.leaveState((to - from) / (float) samples, leaf);
        on.putBackState();
    }

    /** As many shards at once as there are replicas, and their sum in the order of the shards. */
    private float[] someAtOnce(int samples, boolean end, DataParallel.Part part) {
        shapeWithoutShard(samples, part);
        Map<Integer, float[]> computed = new HashMap<>();
        return sums.of(samples, end, (from, to, leaf, ready) -> {
            if (!computed.containsKey(from)) {
                compute(from, samples, part, computed);
            }
            give(Objects.requireNonNull(computed.remove(from)), leaf);
        });
    }

    /** Computes shards from one on, each on a replica. */
    private void compute(int from, int samples, DataParallel.Part part, Map<Integer, float[]> computed) {
        var failures = new DataParallel.Failures();
        List<CompletableFuture<@Nullable Void>> others = new ArrayList<>();
        int begin = from;
        int end = next(begin, samples);
        for (ShardReplica replica : replicas) {
            int to = next(begin, samples);
            if (replica != first && begin < to) {
                int at = begin;
                float[] leaf = leaf();
                computed.put(at, leaf);
                others.add(CompletableFuture.runAsync(
                        () -> compute(replica, at, to, samples, part, leaf),
                        replica.replica().thread()));
            }
            begin = to;
        }
        float[] leaf = leaf();
        computed.put(from, leaf);
        failures.collect(first.replica(), () -> {
            compute(first, from, end, samples, part, leaf);
            return true;
        });
        for (int i = 0; i < others.size(); i++) {
            failures.collect(replicas.get(i + 1).replica(), others.get(i)::join);
        }
        failures.report();
    }

    private static void compute(ShardReplica on, int from, int to, int samples, DataParallel.Part part, float[] leaf) {
        on.compute(from, to, samples, part, leaf, (a, b) -> {}, false);
        leaveState(on, from, to, samples, leaf);
    }

    /** Where the shard ends that begins with a sample, or the same where this process computes none from there on. */
    private int next(int from, int samples) {
        if (from == shards.to(samples)) {
            return from;
        }
        int shard = 1;
        while (shards.begin(shard, samples) <= from) {
            shard++;
        }
        return shards.begin(shard, samples);
    }

    /** All shards at once, and then their sum; the running statistics are those of the batch, which all have in common. */
    private float[] together(Lockstep all, int samples, boolean end, DataParallel.Part part) {
        Map<Integer, float[]> leaves = new HashMap<>();
        all.run(samples, shard -> {
            float[] leaf = leaf();
            first.compute(shard.from(), shard.to(), samples, part, leaf, (from, to) -> {}, true);
            leaves.put(shard.from(), leaf);
        });
        float[] sum = sums.of(samples, end, (from, to, leaf, ready) -> {
            give(Objects.requireNonNull(leaves.remove(from)), leaf);
            first.leaveState((to - from) / (float) samples, leaf);
        });
        first.putBackState();
        free.addAll(leaves.values());
        return sum;
    }

    private float[] leaf() {
        float[] leaf = free.poll();
        if (leaf == null) {
            return new float[first.length()];
        }
        Arrays.fill(leaf, 0);
        return leaf;
    }

    private void give(float[] own, float[] leaf) {
        System.arraycopy(own, 0, leaf, 0, own.length);
        free.add(own);
    }

    /** Ends the threads. */
    @Override
    public void close() {
        if (lockstep != null) {
            lockstep.close();
        }
    }
}
