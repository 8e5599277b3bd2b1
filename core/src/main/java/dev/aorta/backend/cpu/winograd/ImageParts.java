package dev.aorta.backend.cpu.winograd;

/**
 * An image whose channels are dealt out over several arrays, the first of them in the first array and so on.
 *
 * @param arrays (rows, channels[i]) each
 * @param channels how many lie in each array
 */
public record ImageParts(float[][] arrays, int[] channels) {
    /** An image in one piece, (rows, channels). */
    public static ImageParts whole(float[] image, int channels) {
        return new ImageParts(new float[][] {image}, new int[] {channels});
    }

    /**
     * The image, which must be in one piece.
     *
     * @throws IllegalStateException when it is not
     */
    public float[] whole() {
        if (arrays.length > 1) {
            throw new IllegalStateException("[cpu] an image in " + arrays.length + " parts where one must be whole");
        }
        return arrays[0];
    }

    /** Channels of all parts. */
    public int total() {
        int sum = 0;
        for (int c : channels) {
            sum += c;
        }
        return sum;
    }

    /** The part that a channel lies in. */
    int part(int channel) {
        int part = 0;
        for (int end = channels[0]; channel >= end; end += channels[part]) {
            part++;
        }
        return part;
    }

    /** The first channel of a part. */
    int first(int part) {
        int sum = 0;
        for (int i = 0; i < part; i++) {
            sum += channels[i];
        }
        return sum;
    }
}
