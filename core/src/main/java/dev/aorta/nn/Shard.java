package dev.aorta.nn;

/**
 * A part of a batch that is computed by itself, while others compute the other parts, and what it can ask them in the middle of a forward
 * or backward pass. All shards of a batch run through the same layers, and so ask the same questions in the same order.
 */
public interface Shard {
    /** {@return samples of this shard over those of the batch} */
    double share();

    /** {@return whether this is the one of those that share a network which changes the network's state, such as running statistics} */
    boolean first();

    /**
     * Adds the arrays of all shards of the batch, in the order of a binary tree over them, whoever computes which.
     *
     * @param values of this shard, replaced by the sum, which has the same bits in all of them
     */
    void sum(float[] values);
}
