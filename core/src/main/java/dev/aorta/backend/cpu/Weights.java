package dev.aorta.backend.cpu;

/**
 * The right operand of a product as it lies in memory: element (k, column n of segment s) is {@code data[base + s * perSegment +
 * tap[k / run] + k % run * perChannel + n * perColumn]}.
 *
 * @param tap for each tap, its offset
 * @param run depth of a tap
 */
record Weights(float[] data, int base, int[] tap, int run, int perChannel, int perColumn, int perSegment) {
    /** Packs rows {@code k0} to {@code k1 - 1} of a panel as {@code dst[at + (k - k0) * lanes + n]}, padded with zeros. */
    void pack(float[] dst, int at, Panels panels, int panel, int k0, int k1) {
        int lanes = panels.lanes[panel];
        int columns = panels.columns[panel];
        int start = base + panels.segment[panel] * perSegment + panels.first[panel] * perColumn;
        for (int k = k0; k < k1; k++) {
            int from = start + tap[k / run] + k % run * perChannel;
            int to = at + (k - k0) * lanes;
            for (int n = 0; n < columns; n++) {
                dst[to + n] = data[from + n * perColumn];
            }
            for (int n = columns; n < lanes; n++) {
                dst[to + n] = 0;
            }
        }
    }
}
