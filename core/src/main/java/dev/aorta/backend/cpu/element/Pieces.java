package dev.aorta.backend.cpu.element;

import dev.aorta.backend.Broadcast;
import dev.aorta.backend.cpu.machine.Lanes;
import dev.aorta.backend.cpu.machine.Parallel;
import dev.aorta.backend.cpu.machine.Scratch;
import dev.aorta.backend.cpu.machine.Scratch.Slot;

/**
 * Cuts a broadcast into pieces of neighbouring results, so that all functions are loops over three runs of equal length. An operand
 * whose elements are neighbours too is read where it is. One that is repeated is laid out in scratch memory as long as the piece,
 * which stays in the L1 cache, and once for all pieces in a row that see the same of it, as those of a bias do.
 */
final class Pieces {
    /** Most elements of a piece; 2048 of three operands are 24 KiB. */
    private static final int LONGEST = 2048;
    /** Pieces in a task where these are not many; and about as many tasks where they are. */
    private static final int AT_ONCE = 16;

    private static final int MOST_TASKS = 256;

    /** Works on elements {@code at} to {@code at + n - 1} of the result. */
    interface Body {
        void run(int at, float[] a, int aAt, float[] b, int bAt, int n);
    }

    private final int[] extents;
    /** The axis that is cut; the axes behind it are whole in a piece. */
    private final int axis;
    /** Results of one index of that axis. */
    private final int unit;
    /** Indices of that axis in a piece. */
    private final int step;
    /** Pieces of that axis. */
    private final int cuts;

    private final int count;

    private Pieces(int[] extents) {
        this.extents = extents;
        int cut = extents.length - 1;
        int behind = 1;
        while (cut > 0 && (long) behind * extents[cut] <= LONGEST) {
            behind *= extents[cut--];
        }
        axis = cut;
        unit = behind;
        step = Math.clamp(LONGEST / behind, 1, extents[cut]);
        cuts = Math.ceilDiv(extents[cut], step);
        int before = 1;
        for (int i = 0; i < cut; i++) {
            before *= extents[i];
        }
        count = before * cuts;
    }

    static void run(Parallel p, float[] a, float[] b, Broadcast s, Body body) {
        Pieces pieces = new Pieces(s.extents());
        int each = Math.max(AT_ONCE, Math.ceilDiv(pieces.count, MOST_TASKS));
        p.run(
                Math.ceilDiv(pieces.count, each),
                task -> pieces.run(task * each, Math.min(each, pieces.count - task * each), a, b, s, body));
    }

    private void run(int first, int pieces, float[] a, float[] b, Broadcast s, Body body) {
        boolean inPlaceA = isRun(s.strideA());
        boolean inPlaceB = isRun(s.strideB());
        float[] longA = inPlaceA ? a : Scratch.floats(Slot.TASK_A, LONGEST + Lanes.SLACK);
        float[] longB = inPlaceB ? b : Scratch.floats(Slot.TASK_B, LONGEST + Lanes.SLACK);
        int laidA = -1;
        int laidB = -1;
        int lengthA = 0;
        int lengthB = 0;
        for (int piece = first; piece < first + pieces; piece++) {
            int index = piece % cuts * step;
            int indices = Math.min(step, extents[axis] - index);
            int n = indices * unit;
            int atA = start(piece, s.strideA());
            int atB = start(piece, s.strideB());
            if (!inPlaceA && (atA != laidA || n > lengthA)) {
                lay(longA, 0, a, atA, s.strideA(), axis, indices, unit);
                laidA = atA;
                lengthA = n;
            }
            if (!inPlaceB && (atB != laidB || n > lengthB)) {
                lay(longB, 0, b, atB, s.strideB(), axis, indices, unit);
                laidB = atB;
                lengthB = n;
            }
            int at = (piece / cuts * extents[axis] + index) * unit;
            body.run(at, longA, inPlaceA ? atA : 0, longB, inPlaceB ? atB : 0, n);
        }
    }

    /** Whether the elements that an operand has in a piece are neighbours. */
    private boolean isRun(int[] strides) {
        int neighbour = 1;
        for (int i = extents.length - 1; i >= axis; i--) {
            if (strides[i] != neighbour && !(i == axis && step == 1)) {
                return false;
            }
            neighbour *= extents[i];
        }
        return true;
    }

    private int start(int piece, int[] strides) {
        int at = piece % cuts * step * strides[axis];
        int rest = piece / cuts;
        for (int i = axis - 1; i >= 0; i--) {
            at += rest % extents[i] * strides[i];
            rest /= extents[i];
        }
        return at;
    }

    /** Writes what an operand has for some indices of an axis, from {@code x[at]}, {@code size} elements an index. */
    private void lay(float[] y, int to, float[] x, int at, int[] strides, int i, int indices, int size) {
        int last = extents.length - 1;
        int stride = strides[i];
        if (i == last) {
            Lanes.pick(y, to, x, at, stride, indices);
        } else if (stride == 0) {
            lay(y, to, x, at, strides, i + 1, extents[i + 1], size / extents[i + 1]);
            for (int done = size; done < indices * size; done *= 2) {
                System.arraycopy(y, to, y, to + done, Math.min(done, indices * size - done));
            }
        } else if (i == last - 1 && strides[last] == 0) {
            Lanes.repeatEach(y, to, size, x, at, stride, indices);
        } else if (i == last - 1 && strides[last] == 1) {
            Lanes.copyRows(y, to, size, x, at, stride, indices, size);
        } else {
            for (int k = 0; k < indices; k++) {
                lay(y, to + k * size, x, at + k * stride, strides, i + 1, extents[i + 1], size / extents[i + 1]);
            }
        }
    }
}
