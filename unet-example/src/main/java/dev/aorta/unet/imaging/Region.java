package dev.aorta.unet.imaging;

import java.util.function.IntPredicate;

/** Connected regions of pixels, by edges: of a ventricle a slice shows one, and whatever else a network marks is none. */
public final class Region {
    private Region() {}

    /**
     * The largest region of the pixels that are {@code marked}, the first of equal ones.
     *
     * @return [rows, columns]; all false where none is marked
     */
    public static boolean[] largest(int rows, int columns, IntPredicate marked) {
        boolean[] seen = new boolean[rows * columns];
        boolean[] largest = new boolean[seen.length];
        int[] queue = new int[seen.length];
        int most = 0;
        for (int i = 0; i < seen.length; i++) {
            if (!seen[i] && marked.test(i)) {
                int count = fill(i, rows, columns, marked, seen, queue);
                if (count > most) {
                    most = count;
                    largest = new boolean[seen.length];
                    for (int k = 0; k < count; k++) {
                        largest[queue[k]] = true;
                    }
                }
            }
        }
        return largest;
    }

    /**
     * The regions of the pixels that are {@code marked} which hold a pixel of {@code seeds}.
     *
     * @return [rows, columns]
     */
    public static boolean[] around(boolean[] seeds, int rows, int columns, IntPredicate marked) {
        boolean[] around = new boolean[seeds.length];
        int[] queue = new int[seeds.length];
        for (int i = 0; i < seeds.length; i++) {
            if (seeds[i] && !around[i] && marked.test(i)) {
                fill(i, rows, columns, marked, around, queue);
            }
        }
        return around;
    }

    private static int fill(int start, int rows, int columns, IntPredicate marked, boolean[] seen, int[] queue) {
        queue[0] = start;
        seen[start] = true;
        int count = 1;
        for (int done = 0; done < count; done++) {
            int pixel = queue[done];
            int column = pixel % columns;
            int[] neighbours = {
                column > 0 ? pixel - 1 : -1,
                column < columns - 1 ? pixel + 1 : -1,
                pixel - columns,
                pixel < (rows - 1) * columns ? pixel + columns : -1
            };
            for (int next : neighbours) {
                if (next >= 0 && !seen[next] && marked.test(next)) {
                    seen[next] = true;
                    queue[count++] = next;
                }
            }
        }
        return count;
    }
}
