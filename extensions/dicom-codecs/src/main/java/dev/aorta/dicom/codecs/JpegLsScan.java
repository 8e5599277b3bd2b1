package dev.aorta.dicom.codecs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** One scan of a JPEG-LS picture; the names are those of the standard (T.87, annex A). */
final class JpegLsScan {
    private static final int CONTEXTS = 365;
    /** Orders of the code of run lengths (table A.2). */
    private static final int[] ORDER = {
        0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 9, 10, 11, 12, 13, 14, 15
    };

    private final ByteBuffer in;
    private final JpegLsParameters p;
    private final int rows;
    private final int columns;
    private final int[] a = new int[CONTEXTS + 2];
    private final int[] b = new int[CONTEXTS];
    private final int[] c = new int[CONTEXTS];
    private final int[] n = new int[CONTEXTS + 2];
    private final int[] negative = new int[2];
    private int run;
    private int held;
    private int heldBits;
    private boolean stuffed;

    JpegLsScan(ByteBuffer in, JpegLsParameters parameters, int rows, int columns) {
        this.in = in;
        this.p = parameters;
        this.rows = rows;
        this.columns = columns;
        Arrays.fill(a, Math.max(2, (p.range() + 32) / 64));
        Arrays.fill(n, 1);
    }

    /** The samples, [rows, columns]. */
    int[] decode() throws IOException {
        int[] samples = new int[rows * columns];
        int[] above = new int[columns + 2]; // sample j at j + 1
        int[] line = new int[columns + 2];
        for (int row = 0; row < rows; row++) {
            above[columns + 1] = above[columns];
            line[0] = above[1];
            for (int j = 1; j <= columns; ) {
                int ra = line[j - 1];
                int rb = above[j];
                int rc = above[j - 1];
                int q = 81 * p.region(above[j + 1] - rb) + 9 * p.region(rb - rc) + p.region(rc - ra);
                if (q == 0) {
                    j = runFrom(line, above, j);
                } else {
                    line[j++] = regular(q, ra, rb, rc);
                }
            }
            System.arraycopy(line, 1, samples, row * columns, columns);
            int[] swapped = above;
            above = line;
            line = swapped;
        }
        return samples;
    }

    private int regular(int context, int ra, int rb, int rc) throws IOException {
        int sign = context < 0 ? -1 : 1;
        int q = Math.abs(context);
        int least = Math.min(ra, rb);
        int most = Math.max(ra, rb);
        int edge = rc >= most ? least : rc <= least ? most : ra + rb - rc;
        int prediction = Math.clamp(edge + sign * c[q], 0, p.max());
        int k = order(n[q], a[q]);
        int mapped = golomb(k, p.limit());
        boolean swapped = p.near() == 0 && k == 0 && 2 * b[q] <= -n[q];
        int half = mapped >> 1;
        int error = (mapped & 1) == (swapped ? 1 : 0) ? half : -half - 1;
        b[q] += error * (2 * p.near() + 1);
        a[q] += Math.abs(error);
        if (n[q] == p.reset()) {
            a[q] >>= 1;
            b[q] >>= 1;
            n[q] >>= 1;
        }
        n[q]++;
        if (b[q] <= -n[q]) {
            b[q] = Math.max(b[q] + n[q], 1 - n[q]);
            c[q] = Math.max(c[q] - 1, -128);
        } else if (b[q] > 0) {
            b[q] = Math.min(b[q] - n[q], 0);
            c[q] = Math.min(c[q] + 1, 127);
        }
        return sample(prediction, sign * error);
    }

    /** Reads a run that begins at {@code start} and the sample that ends it; the place behind them. */
    private int runFrom(int[] line, int[] above, int start) throws IOException {
        int value = line[start - 1];
        int j = start;
        while (bit() == 1) {
            int length = 1 << ORDER[run];
            int filled = Math.min(length, columns + 1 - j);
            Arrays.fill(line, j, j + filled, value);
            j += filled;
            run += filled == length && run < ORDER.length - 1 ? 1 : 0;
            if (j > columns) {
                return j;
            }
        }
        int rest = bits(ORDER[run]);
        if (rest > columns - j) {
            throw new IOException("a run leaves its line");
        }
        Arrays.fill(line, j, j + rest, value);
        j += rest;
        line[j] = interruption(value, above[j]);
        run -= run > 0 ? 1 : 0;
        return j + 1;
    }

    private int interruption(int ra, int rb) throws IOException {
        int type = Math.abs(ra - rb) <= p.near() ? 1 : 0;
        int q = CONTEXTS + type;
        int k = order(n[q], type == 0 ? a[q] : a[q] + (n[q] >> 1));
        int mapped = golomb(k, p.limit() - ORDER[run] - 1);
        int shifted = mapped + type;
        boolean odd = (shifted & 1) == 1;
        int size = shifted + 1 >> 1;
        int error = (k != 0 || 2 * negative[type] >= n[q]) == odd ? -size : size;
        negative[type] += error < 0 ? 1 : 0;
        a[q] += mapped + 1 - type >> 1;
        if (n[q] == p.reset()) {
            a[q] >>= 1;
            n[q] >>= 1;
            negative[type] >>= 1;
        }
        n[q]++;
        return type == 1 ? sample(ra, error) : sample(rb, ra > rb ? -error : error);
    }

    private int sample(int prediction, int error) {
        int step = 2 * p.near() + 1;
        int sample = prediction + error * step;
        if (sample < -p.near()) {
            sample += p.range() * step;
        } else if (sample > p.max() + p.near()) {
            sample -= p.range() * step;
        }
        return Math.clamp(sample, 0, p.max());
    }

    private static int order(int occurrences, int errors) {
        int k = 0;
        while (k < 24 && occurrences << k < errors) {
            k++;
        }
        return k;
    }

    /** A number in the limited Golomb code of order {@code k}. */
    private int golomb(int k, int limit) throws IOException {
        int zeros = 0;
        while (bit() == 0) {
            if (++zeros > limit) {
                throw new IOException("a code of more than %d bits".formatted(limit));
            }
        }
        return zeros < limit - p.errorBits() - 1 ? zeros << k | bits(k) : bits(p.errorBits()) + 1;
    }

    private int bits(int count) throws IOException {
        int value = 0;
        for (int i = 0; i < count; i++) {
            value = value << 1 | bit();
        }
        return value;
    }

    /** The next bit; a byte behind 0xFF has only 7, so that no marker stands among them. */
    private int bit() throws IOException {
        if (heldBits == 0) {
            if (!in.hasRemaining()) {
                throw new IOException("the compressed samples end too early");
            }
            held = Byte.toUnsignedInt(in.get());
            if (stuffed && held > 0x7F) {
                throw new IOException("a marker stands among the compressed samples");
            }
            heldBits = stuffed ? 7 : 8;
            stuffed = held == 0xFF;
        }
        return held >> --heldBits & 1;
    }
}
