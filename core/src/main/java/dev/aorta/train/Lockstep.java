package dev.aorta.train;

import dev.aorta.nn.Shard;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The shards of a batch, layer by layer together. Each one that this process computes has a thread, of which one runs at a time: up to
 * where it needs a sum over all shards, and on when the others have come there too.
 */
final class Lockstep implements AutoCloseable {
    private final Shards shards;
    private final ExecutorService threads = Executors.newCachedThreadPool(
            Thread.ofPlatform().daemon().name("aorta-shard-", 0).factory());
    private final @Nullable float[][] given; // of the shards of this process that have come
    private List<Member> members = List.of();
    private int waiting;
    private int ended;
    private long sums;
    private float[] sum = {};
    private @Nullable Throwable failure;

    /** A shard. One that stands in for a process without a sample adds zeros. */
    final class Member implements Shard {
        private final int place;
        private final int from;
        private final int to;
        private final double share;
        private final boolean standsIn;

        private Member(int place, int from, int to, int samples, boolean standsIn) {
            this.place = place;
            this.from = from;
            this.to = to;
            share = (to - from) / (double) samples;
            this.standsIn = standsIn;
        }

        int from() {
            return from;
        }

        int to() {
            return to;
        }

        @Override
        public double share() {
            return share;
        }

        @Override
        public boolean first() {
            return members.getFirst() == this;
        }

        @Override
        public void sum(float[] values) {
            Lockstep.this.sum(place, standsIn ? new float[values.length] : values.clone());
            System.arraycopy(sum, 0, values, 0, values.length);
        }
    }

    Lockstep(Shards shards) {
        this.shards = shards;
        given = new float[shards.own()][];
    }

    /**
     * Runs all shards of this process to their end.
     *
     * @param samples of the batch
     * @param work called for each on its thread, in some order, by one thread at a time
     */
    void run(int samples, Consumer<Member> work) {
        members = members(samples);
        waiting = 0;
        ended = 0;
        failure = null;
        members.stream()
                .map(member -> CompletableFuture.runAsync(() -> turn(member, work), threads))
                .toList()
                .forEach(CompletableFuture::join);
        if (failure instanceof Error e) {
            throw e;
        }
        if (failure instanceof RuntimeException e) {
            throw e;
        }
    }

    private List<Member> members(int samples) {
        List<Member> all = new ArrayList<>();
        for (int i = 0; i < given.length; i++) {
            int shard = given.length * shards.group().rank() + i;
            if (shards.begin(shard, samples) < shards.begin(shard + 1, samples)) {
                all.add(new Member(i, shards.begin(shard, samples), shards.begin(shard + 1, samples), samples, false));
            }
        }
        return all.isEmpty() ? List.of(new Member(0, 0, shards.begin(1, samples), samples, true)) : all;
    }

    /** The shard whose first sample that is. */
    Shard member(int from) {
        return members.stream().filter(m -> m.from == from).findFirst().orElseThrow();
    }

    private synchronized void turn(Member member, Consumer<Member> work) {
        try {
            requireNoFailure();
            work.accept(member);
            ended++;
            if (waiting > 0) {
                throw different();
            }
        } catch (RuntimeException | Error e) {
            failure = failure == null ? e : failure;
            notifyAll();
        }
    }

    private static IllegalStateException different() {
        return new IllegalStateException(
                "[train] the shards of a batch ran through different layers, and so have no statistics in common: every shard must"
                        + " normalise what the others do");
    }

    /** Called by the thread that runs, which lets others run until all have come. */
    private synchronized void sum(int place, float[] values) {
        if (ended > 0) {
            throw different();
        }
        given[place] = values;
        long own = sums;
        if (++waiting == members.size()) {
            addUp(values.length);
            return;
        }
        try {
            while (sums == own) {
                wait();
                requireNoFailure();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("[train] interrupted while other shards were waited for", e);
        }
    }

    private void requireNoFailure() {
        if (failure != null) {
            throw new IllegalStateException("[train] another shard of the batch failed", failure);
        }
    }

    private void addUp(int length) {
        float[][] all = new float[given.length][];
        for (int i = 0; i < all.length; i++) {
            float[] values = given[i];
            if (values != null && values.length != length) {
                throw different();
            }
            all[i] = values == null ? new float[length] : values;
            given[i] = null;
        }
        for (int step = 1; step < all.length; step *= 2) {
            for (int i = 0; i < all.length; i += 2 * step) {
                for (int j = 0; j < length; j++) {
                    all[i][j] += all[i + step][j];
                }
            }
        }
        shards.group().allReduce(all[0]);
        sum = all[0];
        waiting = 0;
        sums++;
        notifyAll();
    }

    @Override
    public void close() {
        threads.close();
    }
}
