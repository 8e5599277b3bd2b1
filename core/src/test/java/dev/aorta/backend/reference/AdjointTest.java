package dev.aorta.backend.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.aorta.Padding;
import dev.aorta.Pool2dOptions;
import dev.aorta.Shape;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.ConvGeometries;
import dev.aorta.backend.ConvShape;
import dev.aorta.backend.Masked;
import dev.aorta.backend.PoolShape;
import dev.aorta.backend.UpsampleShape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A linear map A and its gradient must agree: {@code <A x, y> = <x, A^T y>} for any x and y. */
class AdjointTest {
    private final Doubles d = new Doubles(1);

    private void assertAdjoint(Object geometry, Buffer ax, Buffer y, Buffer x, Buffer aty) {
        double left = Doubles.dot(ax, y);
        double right = Doubles.dot(x, aty);
        double magnitude = Math.sqrt(Doubles.dot(ax, ax) * Doubles.dot(y, y)) + 1;
        assertThat(left).as("%s, seed %d", geometry, d.seed).isCloseTo(right, within(1e-12 * magnitude));
    }

    @ParameterizedTest
    @MethodSource("dev.aorta.backend.ConvGeometries#all")
    void convolution(ConvShape s) {
        Buffer x = d.normal(s.input().size());
        Buffer w = d.normal(s.weight().size());
        Buffer dy = d.normal(s.output().size());
        Buffer y = d.empty(dy.size());
        Buffer dx = d.empty(x.size());
        Buffer dw = d.empty(w.size());
        d.backend.conv2d(y, x, w, null, false, s);
        d.backend.conv2dGrad(dx, dw, null, new Masked(dy, null), x, w, s);
        assertAdjoint(s, y, dy, x, dx);
        assertAdjoint(s, y, dy, w, dw);
    }

    @Test
    void pooling() {
        for (int i = 0; i < 100; i++) {
            int kH = d.between(1, 4);
            int kW = d.between(1, 4);
            Padding padding = i % 2 == 0
                    ? Padding.SAME
                    : Padding.of(
                            d.between(0, kH - 1), d.between(0, kH - 1), d.between(0, kW - 1), d.between(0, kW - 1));
            Shape input = Shape.of(d.between(1, 2), d.between(kH, 9), d.between(kW, 9), d.between(1, 4));
            PoolShape s =
                    PoolShape.of("pool", input, new Pool2dOptions(kH, kW, d.between(1, 3), d.between(1, 3), padding));
            Buffer x = d.normal(input.size());
            Buffer dy = d.normal(s.output().size());
            Buffer y = d.empty(dy.size());
            Buffer dx = d.empty(x.size());
            d.backend.avgPool2d(y, x, s);
            d.backend.avgPool2dGrad(dx, dy, s);
            assertAdjoint(s, y, dy, x, dx);
            d.backend.maxPool2d(y, x, s);
            d.backend.maxPool2dGrad(dx, dy, x, s);
            assertAdjoint(s, y, dy, x, dx);
        }
    }

    @Test
    void enlargement() {
        for (int i = 0; i < 100; i++) {
            UpsampleShape s = new UpsampleShape(
                    d.between(1, 2),
                    d.between(1, 6),
                    d.between(1, 6),
                    d.between(1, 3),
                    d.between(1, 4),
                    d.between(1, 4),
                    i % 2 == 0);
            Buffer x = d.normal(s.batch() * s.inH() * s.inW() * s.channels());
            Buffer dy = d.normal(s.output().size());
            Buffer y = d.empty(dy.size());
            Buffer dx = d.empty(x.size());
            d.backend.upsample(y, x, s);
            d.backend.upsampleGrad(dx, dy, s);
            assertAdjoint(s, y, dy, x, dx);
        }
    }

    @Test
    void geometriesCoverEveryOption() {
        assertThat(ConvGeometries.all())
                .anyMatch(s -> s.groups() > 1 && s.dilationH() > 1 && s.strideW() > 1)
                .anyMatch(s -> s.kH() == 31 && s.strideH() == 16 && s.padTop() == 7)
                .anyMatch(s -> s.outH() * s.strideH() < s.inH())
                .anyMatch(s -> s.dilationH() != s.dilationW());
    }
}
