package dev.aorta.backend.cpu.winograd;

/**
 * An image whose channels are dealt out over several arrays, the first of them in the first array and so on.
 *
 * @param arrays (rows, channels[i]) each
 * @param channels how many lie in each array
 */
public record ImageParts(float[][] arrays, int[] channels) {
    /** An image in one piece, (rows, channels). */
    static ImageParts whole(float[] image, int channels) {
        return new ImageParts(new float[][] {image}, new int[] {channels});
    }

    /** Channels of all parts. */
    int total() {
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
