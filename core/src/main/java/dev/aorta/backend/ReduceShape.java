package dev.aorta.backend;

import dev.aorta.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A reduction over one run of axes: x (outer, length, inner) to y (outer, inner).
 *
 * @param outer product of the axes before those that are reduced
 * @param length product of the axes that are reduced
 * @param inner product of the axes behind them
 */
public record ReduceShape(int outer, int length, int inner) {
    /**
     * A reduction of everything to one number.
     *
     * @param size number of elements
     * @return the geometry
     */
    public static ReduceShape all(int size) {
        return new ReduceShape(1, size, 1);
    }

    /**
     * A reduction over the last axis.
     *
     * @param s rows, each of which becomes a number
     * @return the geometry
     */
    public static ReduceShape last(RowShape s) {
        return new ReduceShape(s.rows(), s.classes(), 1);
    }

    /**
     * The reductions, one after another, that reduce some axes: neighbours at once, the last run first.
     *
     * @param x shape of the tensor
     * @param reduced for each axis of x, whether it is reduced
     * @return the geometries, none where nothing is reduced
     */
    public static List<ReduceShape> of(Shape x, boolean[] reduced) {
        List<ReduceShape> runs = new ArrayList<>();
        int inner = 1;
        int end = x.rank();
        while (end > 0) {
            int begin = end;
            int length = 1;
            while (begin > 0 && reduced[begin - 1]) {
                length *= x.dim(--begin);
            }
            int outer = 1;
            for (int i = 0; i < begin; i++) {
                outer *= x.dim(i);
            }
            if (length > 1) {
                runs.add(new ReduceShape(outer, length, inner));
            }
            end = begin;
            while (end > 0 && !reduced[end - 1]) {
                inner *= x.dim(--end);
            }
        }
        return Collections.unmodifiableList(runs);
    }
}
