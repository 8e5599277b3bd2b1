package dev.aorta.cuda;

import dev.aorta.backend.Broadcast;
import dev.aorta.backend.Strided;
import java.util.Arrays;
import java.util.Comparator;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A walk through two operands by steps, as the kernels of axes.cuh take it.
 *
 * @param extents of the axes, the last one walked fastest
 * @param stepsA steps of the first operand along them
 * @param stepsB steps of the second
 * @param first element of the whole walk with which this one begins
 * @param atA element of the first operand at which it begins
 * @param atB element of the second
 */
record Axes(int[] extents, int[] stepsA, int[] stepsB, int first, int atA, int atB) {
    /** Axes that a kernel takes, {@code Axes::MOST} in axes.cuh. */
    static final int MOST = 4;

    /** From so many elements on both axes a transposition is worth its tiles. */
    private static final int LEAST_TILE = 8;

    static Axes of(Broadcast s) {
        return new Axes(s.extents(), s.strideA(), s.strideB(), 0, 0, 0);
    }

    /** Destination and source of a copy, in the order in which the destination lies in memory. */
    static Axes of(Strided s) {
        Integer[] order = IntStream.range(0, s.extents().length).boxed().toArray(Integer[]::new);
        Arrays.sort(order, Comparator.comparing(i -> -Math.abs(s.dstSteps()[i])));
        Strided merged = Strided.of(
                picked(s.extents(), order),
                s.dstAt(),
                picked(s.dstSteps(), order),
                s.srcAt(),
                picked(s.srcSteps(), order));
        return new Axes(merged.extents(), merged.dstSteps(), merged.srcSteps(), 0, merged.dstAt(), merged.srcAt());
    }

    private static int[] picked(int[] values, Integer[] order) {
        return Arrays.stream(order).mapToInt(i -> values[i]).toArray();
    }

    int size() {
        return Arrays.stream(extents).reduce(1, (a, b) -> a * b);
    }

    /** Step of the second operand along the last axis. */
    int lastStepB() {
        return stepsB[stepsB.length - 1];
    }

    /** Walks that kernels take, which together are this one. */
    void forEach(Consumer<Axes> part) {
        if (extents.length <= MOST) {
            part.accept(this);
            return;
        }
        int[] e = Arrays.copyOfRange(extents, 1, extents.length);
        int[] a = Arrays.copyOfRange(stepsA, 1, e.length + 1);
        int[] b = Arrays.copyOfRange(stepsB, 1, e.length + 1);
        int inner = size() / extents[0];
        for (int i = 0; i < extents[0]; i++) {
            new Axes(e, a, b, first + i * inner, atA + i * stepsA[0], atB + i * stepsB[0]).forEach(part);
        }
    }

    /** Whether kernels may take eight elements at a time: {@code eights} in axes.cuh. */
    boolean eights() {
        return (extents.length == 1 || extents[extents.length - 1] % 8 == 0)
                && eights(stepsA, atA)
                && eights(stepsB, atB);
    }

    private static boolean eights(int[] steps, int at) {
        int last = steps.length - 1;
        return steps[last] == 0
                || steps[last] == 1
                        && at % 8 == 0
                        && Arrays.stream(steps, 0, last).allMatch(step -> step % 8 == 0);
    }

    /**
     * The axis before the last along which the second operand is contiguous, moved there, where the first is contiguous along the
     * last: what a transposition through tiles takes; null where this is not one.
     */
    @Nullable
    Axes transposed() {
        int last = extents.length - 1;
        for (int i = 0; i < last; i++) {
            if (stepsB[i] == 1 && stepsA[last] == 1 && Math.min(extents[i], extents[last]) >= LEAST_TILE) {
                return new Axes(moved(extents, i), moved(stepsA, i), moved(stepsB, i), first, atA, atB);
            }
        }
        return null;
    }

    private static int[] moved(int[] values, int from) {
        int[] v = values.clone();
        System.arraycopy(values, from + 1, v, from, values.length - 2 - from);
        v[values.length - 2] = values[from];
        return v;
    }
}
