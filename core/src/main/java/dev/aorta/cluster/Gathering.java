package dev.aorta.cluster;

/** Bytes of all processes by sums, in which each number is 0 but in one process: two bytes are a number that a float holds exactly. */
final class Gathering {
    private static final int BYTE = 0xff;
    private static final int PAIR = 0xffff;

    private Gathering() {}

    static byte[][] of(ProcessGroup group, byte[] content) {
        float[] lengths = new float[2 * group.size()];
        lengths[2 * group.rank()] = content.length >>> Short.SIZE;
        lengths[2 * group.rank() + 1] = content.length & PAIR;
        group.allReduce(lengths);
        int[] begins = new int[group.size() + 1]; // in pairs
        byte[][] all = new byte[group.size()][];
        for (int r = 0; r < all.length; r++) {
            all[r] = new byte[(int) lengths[2 * r] << Short.SIZE | (int) lengths[2 * r + 1]];
            begins[r + 1] = Math.addExact(begins[r], Math.ceilDiv(all[r].length, 2));
        }
        float[] pairs = new float[begins[group.size()]];
        for (int i = 0; i < content.length; i++) {
            pairs[begins[group.rank()] + i / 2] += (content[i] & BYTE) << (i % 2 == 0 ? 0 : Byte.SIZE);
        }
        if (pairs.length > 0) {
            group.allReduce(pairs);
        }
        for (int r = 0; r < all.length; r++) {
            for (int i = 0; i < all[r].length; i++) {
                all[r][i] = (byte) ((int) pairs[begins[r] + i / 2] >> (i % 2 == 0 ? 0 : Byte.SIZE));
            }
        }
        return all;
    }
}
