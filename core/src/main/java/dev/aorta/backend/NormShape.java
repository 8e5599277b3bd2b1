package dev.aorta.backend;

/**
 * Which elements of (batch, pixels, channels) share a mean and a variance: those of one image and one of {@code groups} runs of
 * channels.
 *
 * @param batch images
 * @param pixels rows times columns of an image
 * @param channels extent of the last axis
 * @param groups divides channels; 1 is layer normalisation, channels is instance normalisation
 * @param epsilon added to the variance
 * @see <a href="https://arxiv.org/abs/1803.08494">Wu and He 2018: Group normalisation</a>
 */
public record NormShape(int batch, int pixels, int channels, int groups, float epsilon) {
    /**
     * Batch normalisation, in which all rows share the mean of a channel: one image whose groups are its channels.
     *
     * @param rows elements of a channel
     * @param channels the last axis
     * @param epsilon added to the variance
     * @return the geometry
     * @see <a href="https://arxiv.org/abs/1502.03167">Ioffe and Szegedy 2015</a>
     */
    public static NormShape batchNorm(int rows, int channels, float epsilon) {
        return new NormShape(1, rows, channels, channels, epsilon);
    }

    /** {@return the number of elements} */
    public int size() {
        return batch * pixels * channels;
    }

    /** {@return the number of means, (batch, groups)} */
    public int statistics() {
        return batch * groups;
    }

    /** {@return the number of elements that share a mean} */
    public int shared() {
        return pixels * (channels / groups);
    }
}
