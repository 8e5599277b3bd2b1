package dev.aorta.backend.reference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aorta.Padding;
import dev.aorta.Pool2dOptions;
import dev.aorta.Shape;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.PoolShape;
import dev.aorta.backend.UpsampleShape;
import org.junit.jupiter.api.Test;

/** Pooling and enlargement with known results, some from TensorFlow's pooling_ops_test.py. */
class ReferencePoolTest {
    private static final Pool2dOptions SAME_2 = Pool2dOptions.of(2).withPadding(Padding.SAME);

    private final Doubles d = new Doubles(3);

    @Test
    void tensorFlowMax() {
        assertThat(max(Shape.of(1, 3, 3, 3), Pool2dOptions.of(2))).containsExactly(13, 14, 15);
        assertThat(max(Shape.of(1, 2, 3, 3), SAME_2)).containsExactly(13, 14, 15, 16, 17, 18);
    }

    private double[] max(Shape x, Pool2dOptions o) {
        PoolShape s = PoolShape.of("maxPool2d", x, o);
        Buffer y = d.empty(s.output().size());
        d.backend.maxPool2d(y, d.counting(x.size()), s);
        return ReferenceBackend.values(y);
    }

    @Test
    void tensorFlowAverage() {
        assertThat(average(Shape.of(1, 3, 3, 3), Pool2dOptions.of(2))).containsExactly(7, 8, 9);
        assertThat(average(Shape.of(1, 2, 4, 3), SAME_2)).containsExactly(8.5, 9.5, 10.5, 14.5, 15.5, 16.5);
        assertThat(average(Shape.of(1, 2, 2, 1), new Pool2dOptions(1, 2, 1, 1, Padding.SAME)))
                .containsExactly(1.5, 2, 3.5, 4);
        assertThat(average(Shape.of(1, 2, 2, 1), new Pool2dOptions(2, 1, 1, 1, Padding.SAME)))
                .containsExactly(2, 3, 3, 4);
    }

    private double[] average(Shape x, Pool2dOptions o) {
        PoolShape s = PoolShape.of("avgPool2d", x, o);
        Buffer y = d.empty(s.output().size());
        d.backend.avgPool2d(y, d.counting(x.size()), s);
        return ReferenceBackend.values(y);
    }

    @Test
    void firstOfEqualPixelsWins() {
        assertThat(gradient(1, 3, 3, 3)).containsExactly(0, 1, 0, 0);
        assertThat(gradient(2, 2, 2, 2)).containsExactly(1, 0, 0, 0);
        assertThat(gradient(-0.0, 0, 0, -0.0)).containsExactly(1, 0, 0, 0);
        assertThat(gradient(1, Double.POSITIVE_INFINITY, Double.NaN, Double.NaN))
                .containsExactly(0, 0, 1, 0);
    }

    private double[] gradient(double... window) {
        Buffer dx = d.empty(4);
        PoolShape s = PoolShape.of("maxPool2d", Shape.of(1, 2, 2, 1), Pool2dOptions.of(2));
        d.backend.maxPool2dGrad(dx, d.of(1), d.of(window), s);
        return ReferenceBackend.values(dx);
    }

    @Test
    void paddingNeverWins() {
        PoolShape s = PoolShape.of(
                "maxPool2d", Shape.of(1, 1, 1, 1), Pool2dOptions.of(3).withPadding(Padding.of(1)));
        Buffer y = d.empty(1);
        d.backend.maxPool2d(y, d.of(-5), s);
        assertThat(ReferenceBackend.values(y)).containsExactly(-5);
    }

    /** The example in the documentation of PyTorch's Upsample, align_corners false. */
    @Test
    void pyTorchBilinear() {
        Buffer y = d.empty(16);
        d.backend.upsample(y, d.counting(4), new UpsampleShape(1, 2, 2, 1, 2, 2, true));
        assertThat(ReferenceBackend.values(y))
                .containsExactly(1, 1.25, 1.75, 2, 1.5, 1.75, 2.25, 2.5, 2.5, 2.75, 3.25, 3.5, 3, 3.25, 3.75, 4);
    }

    @Test
    void nearestRepeats() {
        Buffer y = d.empty(12);
        d.backend.upsample(y, d.counting(2), new UpsampleShape(1, 1, 2, 1, 2, 3, false));
        assertThat(ReferenceBackend.values(y)).containsExactly(1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2);
    }
}
