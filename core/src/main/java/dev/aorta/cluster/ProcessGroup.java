package dev.aorta.cluster;

import java.io.Closeable;
import java.io.IOException;

/**
 * The processes that train one network together, each with a number, its rank. All of them call the same methods in the same order, with
 * arrays of the same length. When one process fails or ends, the others' calls fail within a stated time.
 *
 * <pre>{@code
 * try (ProcessGroup group = ProcessGroup.fromEnvironment()) {
 *     new Trainer(network, device, Loss.crossEntropy(), adam).shards(8, group).fit(training, validation, 10);
 * }
 * }</pre>
 *
 * <p>Not thread-safe.
 */
public interface ProcessGroup extends Closeable {
    /** {@return the number of this process, from 0} */
    int rank();

    /** {@return the number of processes, a power of two} */
    int size();

    /**
     * Adds the arrays of all processes element by element, in a binary tree over the ranks: {@code (x0 + x1) + (x2 + x3)}. Each process
     * sends and receives {@code 2 (n - 1) / n} times the array, the least that there is.
     *
     * @param values of this process, replaced by the sum, which has the same bits in all processes
     * @throws ClusterException when another process is gone, stalled or out of step
     */
    default void allReduce(float[] values) {
        PendingSum sum = begin(values);
        sum.ready(0, values.length);
        sum.await();
    }

    /**
     * Begins such a sum before all of its numbers are there: those that are travel while the others are computed.
     *
     * @param values of this process, replaced by the sum
     * @return the sum, to be waited for before anything else is done with this group
     * @throws IllegalStateException when one that was begun was not waited for
     */
    PendingSum begin(float[] values);

    /**
     * Gives all processes what process 0 has.
     *
     * @param content of process 0; of the others it is not read
     * @return the content of process 0
     * @throws ClusterException when another process is gone, stalled or out of step
     */
    byte[] broadcast(byte[] content);

    /**
     * Gives all processes what each has; the arrays may differ in length. For tables and names, not for gradients: it takes twice the
     * bytes on the wire.
     *
     * @param content of this process
     * @return the contents of all, in the order of their ranks
     * @throws ClusterException when another process is gone, stalled or out of step
     * @throws ArithmeticException when all of it has 4 GiB or more
     */
    default byte[][] allGather(byte[] content) {
        return Gathering.of(this, content);
    }

    /** Leaves the group: calls of the others fail from now on. */
    @Override
    void close();

    /** {@return a group of one} */
    static ProcessGroup alone() {
        return Alone.INSTANCE;
    }

    /**
     * The group that the environment describes with the names that torchrun, Kubeflow's PyTorchJob and most scripts for Slurm set:
     * {@code WORLD_SIZE} processes, this one with number {@code RANK}, process 0 at {@code MASTER_ADDR} and {@code MASTER_PORT}. Where the
     * first is missing or 1, a group of one. {@code AORTA_SECRET} is what only members know; without it anybody who reaches the ports can
     * join, and a warning says so unless the address is a loopback address.
     *
     * @return the group, once all have joined
     * @throws IllegalArgumentException when a variable is missing or no number, or the number of processes is no power of two
     * @throws ClusterException when they do not come together within {@code aorta.cluster.wait} seconds, 300 without that property
     * @throws IOException when this process cannot listen
     */
    static ProcessGroup fromEnvironment() throws IOException {
        return Membership.of(System.getenv()).join();
    }

    /**
     * The group of those who call this with the same host and port.
     *
     * @param rank of this process, from 0
     * @param size processes, a power of two
     * @param host of process 0
     * @param port of process 0
     * @param secret that only members know, or empty
     * @return the group, once all have joined
     * @throws IllegalArgumentException when the rank is none of the group's, or the size no power of two
     * @throws ClusterException when they do not come together in time
     * @throws IOException when this process cannot listen
     */
    static ProcessGroup join(int rank, int size, String host, int port, String secret) throws IOException {
        return Membership.of(rank, size, host, port, secret).join();
    }
}
