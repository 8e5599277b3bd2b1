package dev.aorta.backend.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.aorta.backend.Buffer;
import dev.aorta.backend.RowShape;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Softmax, the values of the losses on small examples, and their gradients against central differences. */
class ReferenceLossTest {
    private static final int ROWS = 7;
    private static final int CLASSES = 4;

    private final Doubles d = new Doubles(4);
    private final Buffer loss = d.empty(1);
    private final Buffer grad = d.empty(ROWS * CLASSES);
    private final Buffer logits = d.normal(ROWS * CLASSES);
    private final Buffer labels = d.whole(ROWS, CLASSES);
    private final Buffer weights = d.of(0.3, 1, 2.5, 0.7);

    @Test
    void softmaxRowsSumToOne() {
        Buffer y = d.empty(6);
        d.backend.softmax(y, d.of(1, 2, 3, 1000, -1000, 999), new RowShape(2, 3));
        double[] p = ReferenceBackend.values(y);
        assertThat(Arrays.stream(p, 0, 3).sum()).isCloseTo(1, within(1e-15));
        assertThat(Arrays.stream(p, 3, 6).sum()).isCloseTo(1, within(1e-15));
        assertThat(p[0]).isCloseTo(0.09003057317038046, within(1e-15));
        assertThat(p[2]).isCloseTo(0.6652409557748219, within(1e-15));
        assertThat(p[4]).isZero();
    }

    @Test
    void softmaxGradient() {
        Buffer dy = d.normal(ROWS * CLASSES);
        Buffer y = d.empty(ROWS * CLASSES);
        d.backend.softmax(y, logits, new RowShape(ROWS, CLASSES));
        d.backend.softmaxGrad(grad, dy, y, new RowShape(ROWS, CLASSES));
        Buffer moved = d.empty(ROWS * CLASSES);
        d.assertGradient(
                "logits",
                logits,
                () -> {
                    d.backend.softmax(moved, logits, new RowShape(ROWS, CLASSES));
                    return Doubles.dot(moved, dy);
                },
                grad);
    }

    /** Logits log 1 and log 3 are the probabilities 1/4 and 3/4. */
    @Test
    void crossEntropyByHand() {
        Buffer x = d.of(0, Math.log(3), 0, Math.log(3));
        d.backend.focalLoss(loss, null, x, d.of(0, 1), null, 0, new RowShape(2, 2));
        assertThat(d.backend.readScalar(loss)).isCloseTo((Math.log(4) + Math.log(4.0 / 3)) / 2, within(1e-15));
        d.backend.focalLoss(loss, null, x, d.of(0, 1), d.of(3, 1), 0, new RowShape(2, 2));
        assertThat(d.backend.readScalar(loss)).isCloseTo((3 * Math.log(4) + Math.log(4.0 / 3)) / 4, within(1e-15));
        d.backend.focalLoss(loss, null, x, d.of(0, 1), d.of(3, 1), 2, new RowShape(2, 2));
        assertThat(d.backend.readScalar(loss))
                .isCloseTo((3 * 9.0 / 16 * Math.log(4) + 1.0 / 16 * Math.log(4.0 / 3)) / 4, within(1e-15));
    }

    /** Probabilities (1/4, 3/4) and (1/2, 1/2), labels 1 and 0: class 1 overlaps in 3/4 of 5/4 and 1. */
    @Test
    void diceByHand() {
        Buffer x = d.of(0, Math.log(3), 0, 0);
        d.backend.diceLoss(loss, null, x, d.of(1, 0), 1, 1, new RowShape(2, 2));
        assertThat(d.backend.readScalar(loss)).isCloseTo(1 - (2 * 0.75 + 1) / (1.25 + 1 + 1), within(1e-15));
        d.backend.diceLoss(loss, null, x, d.of(1, 0), 1, 2, new RowShape(2, 2));
        assertThat(d.backend.readScalar(loss))
                .isCloseTo(1 - ((2 * 0.75 + 1) / (0.75 + 1 + 1) + 1 / (0.5 + 1)) / 2, within(1e-15));
    }

    @Test
    void crossEntropyGradient() {
        for (Buffer w : new Buffer[] {null, weights}) {
            d.backend.focalLoss(loss, grad, logits, labels, w, 0, new RowShape(ROWS, CLASSES));
            d.assertGradient(
                    "logits",
                    logits,
                    () -> {
                        d.backend.focalLoss(loss, null, logits, labels, w, 0, new RowShape(ROWS, CLASSES));
                        return d.backend.readScalar(loss);
                    },
                    grad);
        }
    }

    @ParameterizedTest(name = "focus {0}")
    @ValueSource(floats = {0, 0.5f, 1, 2, 5})
    void focalGradient(float focus) {
        for (Buffer w : new Buffer[] {null, weights}) {
            d.backend.focalLoss(loss, grad, logits, labels, w, focus, new RowShape(ROWS, CLASSES));
            d.assertGradient(
                    "logits",
                    logits,
                    () -> {
                        d.backend.focalLoss(loss, null, logits, labels, w, focus, new RowShape(ROWS, CLASSES));
                        return d.backend.readScalar(loss);
                    },
                    grad);
        }
    }

    /** At probability 1 the modulation and its slope are 0, not NaN; focus 0 remains cross-entropy. */
    @Test
    void focalLossOfCertainty() {
        for (float focus : new float[] {0, 0.5f, 2}) {
            Buffer g = d.empty(2);
            d.backend.focalLoss(loss, g, d.of(2000, -2000), d.of(0), null, focus, new RowShape(1, 2));
            assertThat(d.backend.readScalar(loss)).as("focus %s", focus).isZero();
            assertThat(ReferenceBackend.values(g))
                    .as("focus %s", focus)
                    .containsExactly(new double[] {0, 0}, within(0.0));
            d.backend.focalLoss(loss, g, d.of(2000, -2000), d.of(1), null, focus, new RowShape(1, 2));
            assertThat(d.backend.readScalar(loss)).as("focus %s", focus).isEqualTo(4000);
            assertThat(ReferenceBackend.values(g)).as("focus %s", focus).containsExactly(1, -1);
        }
    }

    @Test
    void diceGradient() {
        int batch = 2;
        int pixels = 5;
        int classes = 3;
        Buffer x = d.normal(batch * pixels * classes);
        Buffer truth = d.whole(batch * pixels, classes);
        Buffer g = d.empty(x.size());
        for (float smooth : new float[] {1e-3f, 1}) {
            d.backend.diceLoss(loss, g, x, truth, smooth, batch, new RowShape(batch * pixels, classes));
            d.assertGradient(
                    "logits",
                    x,
                    () -> {
                        d.backend.diceLoss(loss, null, x, truth, smooth, batch, new RowShape(batch * pixels, classes));
                        return d.backend.readScalar(loss);
                    },
                    g);
        }
    }
}
