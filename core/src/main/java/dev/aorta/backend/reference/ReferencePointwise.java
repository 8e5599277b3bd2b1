package dev.aorta.backend.reference;

import dev.aorta.backend.Broadcast;
import dev.aorta.backend.CounterRandom;

/** Broadcasting and dropout, element by element. */
final class ReferencePointwise {
    private ReferencePointwise() {}

    /** One element of the result and the elements that it is made of. */
    interface Element {
        void visit(int i, int a, int b);
    }

    static void forEach(Broadcast s, Element element) {
        for (int i = 0; i < s.size(); i++) {
            int a = 0;
            int b = 0;
            int rest = i;
            for (int axis = s.extents().length - 1; axis >= 0; axis--) {
                int at = rest % s.extents()[axis];
                a += at * s.strideA()[axis];
                b += at * s.strideB()[axis];
                rest /= s.extents()[axis];
            }
            element.visit(i, a, b);
        }
    }

    static void dropout(double[] y, double[] x, double rate, long seed) {
        for (int i = 0; i < y.length; i++) {
            boolean kept = CounterRandom.bits(seed, i) >>> 40 >= rate * 0x1p24;
            y[i] = kept ? x[i] / (1 - rate) : 0;
        }
    }
}
