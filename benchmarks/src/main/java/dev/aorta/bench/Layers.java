package dev.aorta.bench;

/**
 * The layers that the benchmarked networks are made of, so that a {@link Network} is written once and every engine builds the
 * same one.
 *
 * @param <T> an image batch in the engine: a tensor, or just its shape
 */
public interface Layers<T> {

    /** Convolution with bias under SAME padding, then ReLU where asked. */
    T conv(String name, T x, int outChannels, int kernel, int stride, boolean relu);

    /** Transposed convolution with bias that enlarges rows and columns {@code stride} times (SAME padding). */
    T transposedConv(String name, T x, int outChannels, int kernel, int stride);

    /** 2x2 max pooling with stride 2. */
    T maxPool(T x);

    /** Concatenation along the channels. */
    T concat(T a, T b);
}
