package dev.aorta.backend.cpu.product;

import dev.aorta.backend.cpu.machine.Lanes;

/**
 * The right operand of a product as it lies in memory: element (k, column n of segment s) is {@code data[base + s * perSegment +
 * tap[k / run] + k % run * perChannel + n * perColumn]}, where perChannel or perColumn is 1.
 *
 * @param tap for each tap, its offset
 * @param run depth of a tap
 */
public record Weights(float[] data, int base, int[] tap, int run, int perChannel, int perColumn, int perSegment) {
    /**
     * Packs rows {@code k0} to {@code k1 - 1} of a panel as {@code dst[at + (k - k0) * lanes + n]}. Its padding stays as it is:
     * what is computed from it is not stored.
     *
     * @param shift added to the base, for the operands of a batch
     */
    void pack(float[] dst, int at, int shift, Panels panels, int panel, int k0, int k1) {
        int lanes = panels.lanes[panel];
        int columns = panels.columns[panel];
        int start = base + shift + panels.segment[panel] * perSegment + panels.first[panel] * perColumn;
        for (int k = k0; k < k1; ) {
            int t = k / run;
            int end = Math.min((t + 1) * run, k1);
            int from = start + tap[t] + (k - t * run) * perChannel;
            int to = at + (k - k0) * lanes;
            if (perColumn == 1) {
                Lanes.copyRows(dst, to, lanes, data, from, perChannel, end - k, columns);
            } else {
                Lanes.transpose(dst, to, lanes, data, from, perColumn, columns, end - k);
            }
            k = end;
        }
    }
}
