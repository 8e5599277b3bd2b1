package dev.aorta.train;

import dev.aorta.Device;
import dev.aorta.Gradients;
import dev.aorta.Parameter;
import dev.aorta.Scope;
import dev.aorta.Tensor;
import dev.aorta.nn.Shard;
import dev.aorta.op.BatchNorm;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Gradients and running statistics of a network over shards. */
final class ShardedStep implements AutoCloseable {
    private final Shards shards;
    private final Replica replica;
    private final List<Parameter> parameters; // state last, which is complete last
    private final Map<Tensor, Integer> indices = new IdentityHashMap<>();
    private final int[] at;
    private final float[][] host;
    /** Where it stands how many shards reached a parameter; behind these numbers stands the loss. */
    private final int reached;

    private final Shards.Sum sums;
    private final @Nullable Lockstep lockstep;
    private final Deque<float[]> free = new ArrayDeque<>(); // for gradients of shards that run together

    /**
     * Of a network.
     *
     * @param together whether batch normalisation takes the statistics of all shards of a batch
     */
    ShardedStep(Shards shards, Replica replica, boolean together) {
        lockstep = together ? new Lockstep(shards) : null;
        this.shards = shards;
        this.replica = replica;
        parameters = replica.network().parameters().stream()
                .distinct()
                .sorted(Comparator.comparing(Parameter::state))
                .toList();
        at = new int[parameters.size()];
        host = new float[parameters.size()][];
        int size = 0;
        for (int i = 0; i < at.length; i++) {
            indices.put(parameters.get(i), i);
            at[i] = size;
            host[i] = new float[parameters.get(i).shape().size()];
            size = Math.addExact(size, host[i].length);
        }
        reached = size;
        sums = shards.new Sum(Math.addExact(size, host.length + 1));
    }

    /**
     * Loss and gradients of a batch in the calling thread's scope, as {@link DataParallel#backward}.
     *
     * @param end whether this process was told to end
     */
    DataParallel.Result backward(int samples, boolean end, DataParallel.Part part) {
        for (int i = 0; i < host.length; i++) {
            if (!parameters.get(i).trainable()) {
                parameters.get(i).copyTo(host[i]);
            }
        }
        float[] sum = lockstep == null ? eachAlone(samples, end, part) : together(lockstep, samples, end, part);
        return new DataParallel.Result(sum[loss()], take(sum));
    }

    /** The shard that begins with a sample, for the others to be asked; null where each is computed alone. */
    @Nullable
    Shard shard(int from) {
        return lockstep == null ? null : lockstep.member(from);
    }

    private int loss() {
        return reached + host.length;
    }

    /** One shard after the other; what is complete of the last one travels while the rest is computed. */
    private float[] eachAlone(int samples, boolean end, DataParallel.Part part) {
        if (shards.from(samples) == shards.to(samples)) {
            shape(part, shards.begin(1, samples));
        }
        return sums.of(samples, end, (from, to, leaf, ready) -> {
            compute(from, to, samples, part, leaf, ready);
            leaveState((to - from) / (float) samples, leaf);
            putBackState();
        });
    }

    /** All shards at once, and then their sum; the running statistics are those of the batch, which all have in common. */
    private float[] together(Lockstep all, int samples, boolean end, DataParallel.Part part) {
        Map<Integer, float[]> leaves = new HashMap<>();
        all.run(samples, shard -> {
            float[] leaf = Objects.requireNonNullElseGet(free.poll(), () -> new float[loss() + 1]);
            Arrays.fill(leaf, 0);
            compute(shard.from(), shard.to(), samples, part, leaf, (from, to) -> {});
            leaves.put(shard.from(), leaf);
        });
        float[] sum = sums.of(samples, end, (from, to, leaf, ready) -> {
            float[] own = Objects.requireNonNull(leaves.get(from));
            System.arraycopy(own, 0, leaf, 0, own.length);
            leaveState((to - from) / (float) samples, leaf);
        });
        putBackState();
        free.addAll(leaves.values());
        return sum;
    }

    private void compute(int from, int to, int samples, DataParallel.Part part, float[] leaf, Shards.Ready ready) {
        try (Scope shard = Scope.open()) {
            Tensor share = replica.loss(part, from, to, samples);
            if (lockstep != null && shard.trace().stream().anyMatch(done -> done.op() instanceof BatchNorm)) {
                throw new IllegalStateException(
                        "[train] a layer calls Tensor.batchNorm, which takes the statistics of a shard, in a training that is synchronised();"
                                + " let it hold the one that Layers.batchNorm makes");
            }
            share.backward((parameter, gradient) -> leave(parameter, gradient, leaf, ready));
            leaf[loss()] = (float) share.item();
        }
    }

    /** Runs the first shard for the shape of what others compute. */
    private void shape(DataParallel.Part part, int samples) {
        try (Scope scope = Scope.open()) {
            part.loss(replica.network(), replica.device(), 0, samples);
        }
        putBackState();
    }

    private void leave(Tensor parameter, Tensor gradient, float[] leaf, Shards.Ready ready) {
        Integer i = indices.get(parameter);
        if (i != null) {
            gradient.copyTo(host[i]);
            System.arraycopy(host[i], 0, leaf, at[i], host[i].length);
            leaf[reached + i] = 1;
            ready.numbers(at[i], at[i] + host[i].length);
        }
    }

    /** Leaves the change of running statistics. */
    private void leaveState(float share, float[] leaf) {
        for (int i = 0; i < host.length; i++) {
            Parameter p = parameters.get(i);
            if (!p.trainable()) {
                float[] now = p.toArray();
                for (int j = 0; j < now.length; j++) {
                    leaf[at[i] + j] = share * (now[j] - host[i][j]);
                }
            }
        }
    }

    private void putBackState() {
        for (int i = 0; i < host.length; i++) {
            if (!parameters.get(i).trainable()) {
                parameters.get(i).set(host[i]);
            }
        }
    }

    private Gradients take(float[] sum) {
        List<Parameter> trained = new ArrayList<>();
        for (int i = 0; i < host.length; i++) {
            if (sum[reached + i] > 0) {
                trained.add(parameters.get(i));
            }
        }
        Gradients gradients = Gradients.zeros(trained);
        Device device = replica.device();
        for (int i = 0; i < host.length; i++) {
            Parameter p = parameters.get(i);
            if (sum[reached + i] > 0) {
                System.arraycopy(sum, at[i], host[i], 0, host[i].length);
                device.backend().upload(gradients.of(p).buffer(), host[i]);
            } else if (!p.trainable()) {
                for (int j = 0; j < host[i].length; j++) {
                    host[i][j] += sum[at[i] + j];
                }
                p.set(host[i]);
            }
        }
        return gradients;
    }

    /** Ends the threads. */
    @Override
    public void close() {
        if (lockstep != null) {
            lockstep.close();
        }
    }
}
