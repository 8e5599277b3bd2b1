package dev.aorta.train;

import dev.aorta.Device;
import dev.aorta.Gradients;
import dev.aorta.Parameter;
import dev.aorta.Scope;
import dev.aorta.Tensor;
import dev.aorta.nn.Layer;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/** A network on one device, with a thread of its own and host memory through which tensors go to other devices. */
final class Replica {
    private final Device device;
    private final Layer network;
    private final List<Parameter> parameters;
    private @Nullable ExecutorService thread;
    private float @Nullable [][] staged; // of each parameter
    private final BitSet reached = new BitSet(); // parameters whose gradient is staged

    Replica(Device device, Layer network) {
        this.device = device;
        this.network = network;
        parameters = network.parameters().stream().distinct().toList();
    }

    Device device() {
        return device;
    }

    Layer network() {
        return network;
    }

    /** The thread that works for this replica; of the first replica it is the caller's, and this is not asked for. */
    ExecutorService thread() {
        if (thread == null) {
            thread = Executors.newSingleThreadExecutor(
                    Thread.ofPlatform().daemon().name("aorta-" + device).factory());
        }
        return thread;
    }

    /** Loss and gradients of a part, weighted such that the sum over parts is that of the batch. */
    DataParallel.Result backward(DataParallel.Part part, int from, int to, int size) {
        Tensor share = loss(part, from, to, size);
        Gradients gradients = share.backward();
        return new DataParallel.Result(share.item(), gradients);
    }

    /** Loss of a part, weighted such that the sum over parts is that of the batch. */
    Tensor loss(DataParallel.Part part, int from, int to, int size) {
        Tensor loss = part.loss(network, device, from, to);
        return to - from == size ? loss : loss.mul((to - from) / (float) size);
    }

    /** {@link #backward} in a scope of its own; the gradients stay in host memory. */
    double lossAndStagedGradients(DataParallel.Part part, int from, int to, int size) {
        try (Scope step = Scope.open()) {
            DataParallel.Result result = backward(part, from, to, size);
            float[][] host = staged();
            for (int i = 0; i < host.length; i++) {
                reached.set(i, result.gradients().has(parameters.get(i)));
                if (reached.get(i)) {
                    result.gradients().of(parameters.get(i)).copyTo(host[i]);
                }
            }
            return result.loss();
        }
    }

    /**
     * Adds the staged gradients of another replica to those of this one, which may have more.
     *
     * @throws TrainingException when they have less
     */
    void add(Gradients gradients, Replica other) {
        float[][] host = other.staged();
        for (int i = other.reached.nextSetBit(0); i >= 0; i = other.reached.nextSetBit(i + 1)) {
            Parameter p = parameters.get(i);
            if (!gradients.has(p)) {
                throw new TrainingException(
                        "[train] the loss on " + other.device + " depends on " + p + ", and that on " + device
                                + " does not: every part of a batch must use what the first part uses, and no more");
            }
            Tensor theirs = Tensor.of(device, host[i], p.shape().dims());
            device.backend().axpby(gradients.of(p).buffer(), 1, theirs.buffer(), 1);
            theirs.release();
        }
    }

    /** Copies the parameters to host memory. */
    void stageParameters() {
        float[][] host = staged();
        for (int i = 0; i < host.length; i++) {
            parameters.get(i).copyTo(host[i]);
        }
    }

    /** Takes over the staged parameters of another replica. */
    void receive(Replica other) {
        float[][] host = other.staged();
        for (int i = 0; i < host.length; i++) {
            parameters.get(i).set(host[i]);
        }
    }

    void close() {
        if (thread != null) {
            thread.close();
        }
    }

    private float[][] staged() {
        if (staged == null) {
            staged = parameters.stream().map(p -> new float[p.shape().size()]).toArray(float[][]::new);
        }
        return staged;
    }
}
