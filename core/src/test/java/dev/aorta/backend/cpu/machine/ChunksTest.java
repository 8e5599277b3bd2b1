package dev.aorta.backend.cpu.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ChunksTest {
    /** The last piece of the longest arrays began below 2^31 and ended above, and was left out. */
    @Test
    void piecesCoverTheLongestArrays() {
        for (int width : new int[] {1, 3}) {
            for (int rows : new int[] {1, Chunks.ELEMENTS, Chunks.ELEMENTS + 1, Integer.MAX_VALUE - 8}) {
                AtomicLong covered = new AtomicLong();
                try (Parallel one = new Parallel(1)) {
                    Chunks.rows(one, rows, width, (from, to) -> covered.addAndGet(Math.max(0, to - from)));
                }
                assertThat(covered.get()).as("%d rows of %d", rows, width).isEqualTo(rows);
            }
        }
    }

    /** Sums over rows, and the rows of a product, lost their last span. */
    @Test
    void largePiecesCoverTheLongestArrays() {
        int longest = Integer.MAX_VALUE - 8;
        for (int step : new int[] {64, Math.ceilDiv(longest, 16), longest, Integer.MAX_VALUE}) {
            AtomicLong covered = new AtomicLong();
            try (Parallel one = new Parallel(1)) {
                Chunks.pieces(one, longest, step, (from, to) -> covered.addAndGet(Math.max(0, to - from)));
            }
            assertThat(covered.get()).as("in pieces of %d", step).isEqualTo(longest);
        }
    }
}
