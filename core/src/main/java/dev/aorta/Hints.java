package dev.aorta;

import dev.aorta.op.Op;
import dev.aorta.op.Softmax;
import dev.aorta.warn.Warning;
import java.util.Locale;

/** Looks at what a training is given, and warns of what is likely a mistake. */
final class Hints {
    /** Networks are made for inputs around 1; numbers so large make losses of thousands. */
    private static final float LARGE = 100;
    /** Batches in a row whose labels are all the same class, and labels in them, from which that is no chance. */
    private static final int BATCHES = 20;

    private static final int LABELS = 200;

    private static float only;
    private static int batches;
    private static int labels;

    private Hints() {}

    /** Input of a layer's weight. */
    static void input(Tensor x, Tensor weight) {
        Given given = x.given();
        if (given != null && Scope.recording() && !weight.layer().isEmpty()) {
            if (Math.max(-given.low(), given.high()) >= LARGE) {
                Warning.LARGE_INPUT.say(String.format(
                        Locale.ROOT,
                        "%s is trained on inputs from %g to %g, where networks expect numbers around 1: divide pixels by 255,"
                                + " or subtract the mean and divide by the standard deviation",
                        weight.layer(),
                        given.low(),
                        given.high()));
            }
            if (looksChannelsFirst(x.shape())) {
                Warning.CHANNELS_FIRST.say(
                        weight.layer() + " gets " + x.shape() + " as (N, H, W, C), which looks like (N, C, H,"
                                + " W): Aorta's images have their channels last, so take x.permute(0, 2, 3, 1)");
            }
        }
    }

    static boolean looksChannelsFirst(Shape s) {
        return s.rank() == 4 && (s.dim(1) == 1 || s.dim(1) == 3) && s.dim(2) == s.dim(3) && s.dim(3) > 4;
    }

    /** Logits and labels of a loss of classes. */
    static void loss(String op, Tensor logits, Tensor ofClasses) {
        Scope scope = Scope.current();
        Tape tape = scope == null ? null : scope.tape();
        if (tape == null) {
            return;
        }
        Op made = tape.lastOp(logits);
        if (made instanceof Softmax) {
            Warning.SOFTMAX_TWICE.say(
                    op + " gets the result of softmax, and takes the softmax of it once more: give it the"
                            + " logits, what the last layer computes");
        }
        Given given = ofClasses.given();
        if (given != null) {
            count(given, ofClasses.shape().size());
        }
    }

    private static synchronized void count(Given given, int size) {
        if (!given.alike() || given.low() != only) {
            only = given.low();
            batches = 0;
            labels = 0;
        }
        if (given.alike()) {
            batches++;
            labels += size;
            if (batches >= BATCHES && labels >= LABELS) {
                Warning.ONE_CLASS.say(
                        "all labels of " + batches + " batches in a row are " + only + ": shuffle data that lie in"
                                + " the order of their classes (DataLoader.shuffled), and see that labels are read");
                batches = 0;
                labels = 0;
            }
        }
    }
}
