package dev.aorta.train;

import dev.aorta.Device;
import dev.aorta.Gradients;
import dev.aorta.Parameter;
import dev.aorta.Scope;
import dev.aorta.Tensor;
import dev.aorta.op.BatchNorm;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/** A replica that computes shards, and leaves gradients and running statistics of each in an array of the host. */
final class ShardReplica {
    private final Replica replica;
    private final List<Parameter> parameters; // state last, which is complete last
    private final Map<Tensor, Integer> indices = new IdentityHashMap<>();
    private final int[] at;
    private final float[][] host;
    /** Where it stands how many shards reached a parameter; behind these numbers stands the loss. */
    private final int reached;

    ShardReplica(Replica replica) {
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
    }

    Replica replica() {
        return replica;
    }

    /** Numbers of an array. */
    int length() {
        return Math.addExact(reached, host.length + 1);
    }

    /** Where the loss stands in it. */
    int loss() {
        return reached + host.length;
    }

    /** Keeps the running statistics that each shard of a step begins with. */
    void keepState() {
        for (int i = 0; i < host.length; i++) {
            if (!parameters.get(i).trainable()) {
                parameters.get(i).copyTo(host[i]);
            }
        }
    }

    /**
     * Loss and gradients of a shard.
     *
     * @param together whether its statistics must be those of all shards
     */
    void compute(
            int from, int to, int samples, DataParallel.Part part, float[] leaf, Shards.Ready ready, boolean together) {
        try (Scope shard = Scope.open()) {
            Tensor share = replica.loss(part, from, to, samples);
            if (together && shard.trace().stream().anyMatch(done -> done.op() instanceof BatchNorm)) {
                throw new IllegalStateException(
                        "[train] a layer calls Tensor.batchNorm, which takes the statistics of a shard, in a training that is synchronised();"
                                + " let it hold the one that Layers.batchNorm makes");
            }
            share.backward((parameter, gradient) -> leave(parameter, gradient, leaf, ready));
            leaf[loss()] = (float) share.item();
        }
    }

    /** Runs the first shard for the shape of what others compute. */
    void shape(DataParallel.Part part, int samples) {
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
    void leaveState(float share, float[] leaf) {
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

    void putBackState() {
        for (int i = 0; i < host.length; i++) {
            if (!parameters.get(i).trainable()) {
                parameters.get(i).set(host[i]);
            }
        }
    }

    /** The sum over shards as gradients, and running statistics put in place. */
    Gradients take(float[] sum) {
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
}
