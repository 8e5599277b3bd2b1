package dev.aorta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aorta.backend.Unary;
import dev.aorta.backend.reference.ReferenceBackend;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Values: reading, printing, copying and setting them. */
class TensorTest {
    private final ReferenceBackend backend = new ReferenceBackend();
    private final Device device = Device.of(backend);

    @AfterEach
    void nothingIsLeft() {
        assertThat(backend.liveBuffers()).isZero();
    }

    private Tensor counting(int... dims) {
        float[] values = new float[Shape.of(dims).size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = i;
        }
        return Tensor.of(device, values, dims);
    }

    @Test
    void anElementIsReadByItsIndex() {
        try (Scope scope = Scope.open()) {
            Tensor x = counting(2, 3, 4);
            assertThat(x.get(0, 0, 0)).isZero();
            assertThat(x.get(1, 2, 3)).isEqualTo(23);
            assertThat(x.get(1, 0, 2)).isEqualTo(14);
            assertThat(x.mul(0.1f).sum().get()).isCloseTo(27.6, org.assertj.core.data.Offset.offset(1e-5));
            assertThat(Tensor.of(Device.cpu(), new float[] {5, 7}, 2, 1).get(1, 0))
                    .isEqualTo(7);
            assertThatThrownBy(() -> x.get(0, 3, 0))
                    .isInstanceOf(ShapeException.class)
                    .hasMessage("[get] there is no element [0, 3, 0] in [2, 3, 4]");
            assertThatThrownBy(() -> x.get(1, 2)).hasMessage("[get] there is no element [1, 2] in [2, 3, 4]");
            assertThatThrownBy(() -> x.get(0, -1, 0)).hasMessageContaining("no element [0, -1, 0]");
        }
    }

    @Test
    void aTensorPrintsItsValues() {
        try (Scope scope = Scope.open()) {
            assertThat(counting(2, 2, 3).toString().lines())
                    .containsExactly(
                            "Tensor [2, 2, 3] on reference",
                            "[[[ 0.  1.  2.]",
                            "  [ 3.  4.  5.]]",
                            "",
                            " [[ 6.  7.  8.]",
                            "  [ 9. 10. 11.]]]");
            assertThat(values(-1.5f, 20, Float.NaN, Float.NEGATIVE_INFINITY))
                    .isEqualTo("[-1.5000 20.0000     nan    -inf]");
            assertThat(values(1e-7f, 0, 2)).isEqualTo("[1.0000e-07 0.0000e+00 2.0000e+00]");
            assertThat(values(3e7f)).isEqualTo("[3.0000e+07]");
            assertThat(counting(1).sum().toString().lines()).containsExactly("Tensor [] on reference", "0.");
        }
    }

    private String values(float... values) {
        return Tensor.of(device, values, values.length)
                .toString()
                .lines()
                .toList()
                .getLast();
    }

    @Test
    void ofLongAxesTheEdgesArePrinted() {
        try (Scope scope = Scope.open()) {
            assertThat(counting(1001).toString()).endsWith("[   0.    1.    2. ...  998.  999. 1000.]");
            assertThat(counting(500, 4).toString().lines())
                    .containsExactly(
                            "Tensor [500, 4] on reference",
                            "[[   0.    1.    2.    3.]",
                            " [   4.    5.    6.    7.]",
                            " [   8.    9.   10.   11.]",
                            " ...",
                            " [1988. 1989. 1990. 1991.]",
                            " [1992. 1993. 1994. 1995.]",
                            " [1996. 1997. 1998. 1999.]]");
            assertThat(counting(7, 7, 7, 7, 7).toString()).endsWith("[...]");
        }
    }

    @Test
    void printingNeverFails() {
        Tensor x;
        try (Scope scope = Scope.open()) {
            x = counting(2);
            Parameter p = new Parameter("conv.weight", device, Shape.of(2), new float[2], true);
            assertThat(p).hasToString("conv.weight [2]");
        }
        assertThat(x.toString())
                .startsWith("Tensor [2] on reference ([tensor] [2] was freed because the scope of TensorTest.printing")
                .endsWith(" was closed)");
    }

    @Test
    void aDetachedCopyIsAConstant() {
        try (Scope scope = Scope.open()) {
            Tensor w = counting(3).requireGradient();
            Tensor copy = w.mul(2).detach();
            w.fill(7);
            assertThat(copy.toArray()).containsExactly(0, 2, 4);
            Gradients g = w.mul(copy).sum().backward();
            assertThat(g.of(w).toArray()).containsExactly(0, 2, 4);
            assertThat(g.has(copy)).isFalse();
        }
    }

    @Test
    void valuesGoToAnotherDevice() {
        try (Scope scope = Scope.open()) {
            Tensor x = counting(2, 2).requireGradient();
            assertThat(x.to(device)).isSameAs(x);
            Tensor there = x.detach().to(Device.cpu());
            assertThat(there.device()).isSameAs(Device.cpu());
            assertThat(there.shape()).isEqualTo(x.shape());
            assertThat(there.toArray()).containsExactly(0, 1, 2, 3);
            assertThatThrownBy(() -> x.to(Device.cpu()))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("[to] the gradient of Tensor [2, 2] on reference cannot come back from cpu: detach() it"
                            + " first to go on with its values alone, or open a Scope.noGrad()");
            try (Scope inference = Scope.noGrad()) {
                assertThat(x.to(Device.cpu()).toArray()).containsExactly(0, 1, 2, 3);
            }
        }
    }

    @Test
    void valuesAreSetInPlaceWithoutBeingRecorded() {
        try (Scope scope = Scope.open()) {
            Tensor w = counting(3).requireGradient();
            Tensor v = w.mul(2);
            w.assign(v);
            assertThat(w.toArray()).containsExactly(0, 2, 4);
            w.assign(w);
            w.fill(0.5f);
            assertThat(w.toArray()).containsOnly(0.5f);
            assertThat(v.toArray()).containsExactly(0, 2, 4);
            assertThat(w.isLeaf()).isTrue();
            assertThatThrownBy(() -> w.assign(counting(3, 1)))
                    .isInstanceOf(ShapeException.class)
                    .hasMessageStartingWith("[assign] the source must be [3], got [3, 1]");
            Tensor elsewhere = Tensor.zeros(Device.cpu(), Shape.of(3));
            assertThatThrownBy(() -> w.assign(elsewhere)).hasMessageContaining("[assign] operands live on different");
        }
    }

    @Test
    void aConvolutionOfAScaledImage() {
        try (Scope scope = Scope.open()) {
            Tensor x = counting(2, 3, 3, 2);
            Tensor w = counting(2, 1, 1, 2);
            Tensor gate = counting(2, 1, 1, 2);
            float[] apart =
                    x.mul(gate).conv2d(w, null, Conv2dOptions.VALID, null, null).toArray();
            List<Conv2dStage> scaled = List.of(new Conv2dStage(w, null, Conv2dOptions.VALID, gate, null, null));
            List<Conv2dStage> wrong = List.of(new Conv2dStage(w, null, Conv2dOptions.VALID, counting(2), null, null));
            assertThat(x.conv2d(scaled).toArray()).isEqualTo(apart);
            assertThatThrownBy(() -> x.conv2d(wrong))
                    .isInstanceOf(ShapeException.class)
                    .hasMessageStartingWith("[conv2d] scale must be [2, 1, 1, 2]");
            try (Scope inference = Scope.noGrad()) {
                assertThat(x.conv2d(scaled).toArray()).isEqualTo(apart);
                assertThatThrownBy(() -> x.conv2d(wrong))
                        .isInstanceOf(ShapeException.class)
                        .hasMessageStartingWith("[conv2d] scale must be [2, 1, 1, 2]");
            }
        }
    }

    @Test
    void aChainOfConvolutionsIsTheirSequence() {
        try (Scope scope = Scope.open()) {
            Tensor x = counting(1, 3, 3, 2);
            Tensor w = counting(2, 1, 1, 2);
            Tensor bias = counting(2);
            Conv2dOptions options = Conv2dOptions.VALID;
            Tensor apart = x.conv2d(w, bias, options, null, Unary.RELU).conv2d(w, null, options, x, null);
            List<Conv2dStage> chain = List.of(
                    new Conv2dStage(w, bias, options, null, null, Unary.RELU),
                    new Conv2dStage(w, null, options, null, x, null));
            assertThat(x.conv2d(chain).toArray()).isEqualTo(apart.toArray());
            try (Scope inference = Scope.noGrad()) {
                assertThat(x.conv2d(chain).toArray()).isEqualTo(apart.toArray());
            }
            assertThatThrownBy(() -> x.conv2d(List.of()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("[conv2d] a chain needs at least one convolution");
        }
    }
}
