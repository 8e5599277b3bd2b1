package dev.aorta.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.aorta.Device;
import dev.aorta.Scope;
import dev.aorta.Shape;
import dev.aorta.Tensor;
import dev.aorta.backend.Unary;
import dev.aorta.nn.Pass;
import dev.aorta.onnx.proto.ElementType;
import dev.aorta.onnx.proto.TensorProto;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Operators beside those of the standard's cases, against formulas and the examples of the standard's text. */
class OperatorTest {
    private static final float[] NUMBERS = {-2.5f, -1.5f, -0.75f, -0.25f, 0, 0.25f, 0.5f, 0.75f, 1.5f, 2.5f, 3, 4};

    /** Runs the nodes that a test adds, from x to y. */
    private static Tensor run(int opset, float[] x, long[] dims, Consumer<Models> nodes) {
        Models m = Models.opset(opset).input("x", dims);
        nodes.accept(m);
        int[] extents = Arrays.stream(dims).mapToInt(Math::toIntExact).toArray();
        return m.output("y").load().forward(Tensor.of(Device.cpu(), x, extents), Pass.INFERENCE);
    }

    private static float[] values(int opset, float[] x, long[] dims, Consumer<Models> nodes) {
        return run(opset, x, dims, nodes).toArray();
    }

    private static long[] dims(long... dims) {
        return dims;
    }

    private static float[] counting(int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = i;
        }
        return values;
    }

    @Test
    void functionsOfOneNumber() {
        Map<String, DoubleUnaryOperator> functions = Map.ofEntries(
                Map.entry("Sin", Math::sin),
                Map.entry("Cos", Math::cos),
                Map.entry("Tan", Math::tan),
                Map.entry("Atan", Math::atan),
                Map.entry("Sinh", Math::sinh),
                Map.entry("Cosh", Math::cosh),
                Map.entry("Asinh", v -> Math.signum(v) * Math.log(Math.abs(v) + Math.sqrt(v * v + 1))),
                Map.entry("Floor", Math::floor),
                Map.entry("Ceil", Math::ceil),
                Map.entry("Round", Math::rint),
                Map.entry("Sign", Math::signum),
                Map.entry("Softsign", v -> v / (1 + Math.abs(v))),
                Map.entry("Mish", v -> v * Math.tanh(Math.log1p(Math.exp(v)))),
                Map.entry("Celu", v -> Math.max(0, v) + Math.min(0, Math.expm1(v))),
                Map.entry("Swish", v -> v / (1 + Math.exp(-v))),
                Map.entry("Shrink", v -> Math.abs(v) > 0.5 ? v : 0),
                Map.entry("Erf", Unary.of(Unary.Kind.ERF)::value));
        functions.forEach((name, f) -> {
            float[] y = values(24, NUMBERS, dims(3, 4), m -> m.node(name + " x y"));
            for (int i = 0; i < y.length; i++) {
                assertThat(y[i])
                        .as("%s(%s)", name, NUMBERS[i])
                        .isCloseTo((float) f.applyAsDouble(NUMBERS[i]), within(1e-5f));
            }
        });
    }

    @Test
    void shrinkWithBias() {
        float[] y =
                values(9, new float[] {-2, -1, 0, 1, 2}, dims(5), m -> m.node("Shrink x y", "bias", 1.5, "lambd", 1.5));
        assertThat(y).containsExactly(-0.5f, 0, 0, 0, 0.5f);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ReduceSum",
                "ReduceMean",
                "ReduceMax",
                "ReduceMin",
                "ReduceProd",
                "ReduceSumSquare",
                "ReduceL1",
                "ReduceL2",
                "ReduceLogSum",
                "ReduceLogSumExp"
            })
    void reductionsOnTheDeviceAreThoseOnTheHost(String kind) {
        float[] x = {1, 2, 3, 4, 0.5f, 1.5f, 2.5f, 3.5f, 1, 1, 2, 0.25f};
        // the constant is folded on the host, x is reduced on the device
        Consumer<Models> both = m -> m.floats("c", x, 1, 2, 3, 2)
                .ints("axes", 1, -1)
                .node("Constant - k", "value", TensorProto.of("", x, 1, 2, 3, 2))
                .node(kind + " k,axes a", "keepdims", 0)
                .node(kind + " x,axes b", "keepdims", 0)
                .node("Sub a,b y");
        Tensor y = run(18, x, dims(1, 2, 3, 2), both);
        assertThat(y.shape()).isEqualTo(Shape.of(1, 3));
        assertThat(y.toArray()).containsOnly(new float[] {0, 0, 0}, within(1e-5f));
        assertThat(values(18, x, dims(1, 2, 3, 2), m -> m.ints("axes", 1, -1).node(kind + " x,axes y"))[0])
                .isNotEqualTo(0);
    }

    @Test
    void cumulativeSums() {
        float[] x = {1, 2, 3, 4, 5, 6};
        Consumer<Models> axis = m -> m.ints("axis", 1);
        assertThat(values(14, x, dims(2, 3), axis.andThen(m -> m.node("CumSum x,axis y"))))
                .containsExactly(1, 3, 6, 4, 9, 15);
        assertThat(values(
                        14, x, dims(2, 3), axis.andThen(m -> m.node("CumSum x,axis y", "exclusive", 1, "reverse", 1))))
                .containsExactly(5, 3, 0, 11, 6, 0);
        Consumer<Models> folded = axis.andThen(m -> m.ints("n", 1, 2, 3)
                .ints("first", 0)
                .node("CumSum n,first s", "exclusive", 1)
                .node("Cast s f", "to", 1)
                .node("Add x,f y"));
        assertThat(values(14, new float[3], dims(3), folded)).containsExactly(0, 1, 3);
    }

    @Test
    void localResponse() {
        float[] x = counting(5);
        float[] y = values(
                13, x, dims(1, 5, 1, 1), m -> m.node("LRN x y", "size", 3, "alpha", 0.3, "beta", 0.5, "bias", 2.0));
        for (int c = 0; c < 5; c++) {
            double sum = 0;
            for (int k = Math.max(0, c - 1); k <= Math.min(4, c + 1); k++) {
                sum += x[k] * x[k];
            }
            assertThat(y[c]).isCloseTo((float) (x[c] / Math.sqrt(2 + 0.1 * sum)), within(1e-5f));
        }
    }

    @Test
    void normalisationsHaveMeanZeroAndVarianceOne() {
        for (String node : new String[] {"InstanceNormalization x,one,zero y", "MeanVarianceNormalization x y"}) {
            float[] y = values(
                    13,
                    counting(12),
                    dims(1, 1, 3, 4),
                    m -> m.floats("one", new float[] {1}, 1)
                            .floats("zero", new float[] {0}, 1)
                            .node(node));
            double mean = 0;
            double square = 0;
            for (float v : y) {
                mean += v / 12;
                square += v * v / 12;
            }
            assertThat(mean).as(node).isCloseTo(0, within(1e-5));
            assertThat(square).as(node).isCloseTo(1, within(1e-3));
        }
        float[] rows = values(
                23,
                new float[] {3, 4, 6, 8},
                dims(2, 2),
                m -> m.floats("s", new float[] {1, 2}, 2).node("RMSNormalization x,s y", "epsilon", 0.0));
        float root = (float) Math.sqrt(12.5);
        assertThat(rows).containsExactly(new float[] {3 / root, 8 / root, 3 / root, 8 / root}, within(1e-5f));
        assertThat(values(22, new float[] {3, 4, 6, 8}, dims(2, 2), m -> m.node("LpNormalization x y")))
                .containsExactly(new float[] {0.6f, 0.8f, 0.6f, 0.8f}, within(1e-6f));
    }

    @Test
    void hardmaxTakesTheFirst() {
        float[] x = {3, 0, 1, 2, 2, 5, 1, 5, 0, 1, 3, 2};
        assertThat(values(13, x, dims(3, 4), m -> m.node("Hardmax x y")))
                .containsExactly(1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0);
    }

    @Test
    void topK() {
        float[] x = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
        Consumer<Models> k = m -> m.ints("k", 3);
        assertThat(values(11, x, dims(3, 4), k.andThen(m -> m.node("TopK x,k y,i"))))
                .containsExactly(3, 2, 1, 7, 6, 5, 11, 10, 9);
        assertThat(values(11, x, dims(3, 4), k.andThen(m -> m.node("TopK x,k v,y", "largest", 0, "axis", 0))))
                .containsExactly(0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2);
    }

    @Test
    void indices() {
        float[] x = {0, 1, 2, 3};
        assertThat(values(
                        12,
                        x,
                        dims(2, 2),
                        m -> m.ints("i", 0, 0, 1, 1)
                                .ints("two", 2, 2)
                                .node("Reshape i,two j")
                                .node("GatherND x,j y")))
                .containsExactly(0, 3);
        assertThat(values(
                        16,
                        counting(8),
                        dims(8),
                        m -> m.ints("i", 4, 3, 1, 7)
                                .ints("column", 4, 1)
                                .floats("u", new float[] {9, 10, 11, 12}, 4)
                                .node("Reshape i,column j")
                                .node("ScatterND x,j,u y")))
                .containsExactly(0, 11, 2, 10, 9, 5, 6, 12);
        assertThat(values(
                        16,
                        new float[] {1, 2, 3, 4, 5},
                        dims(1, 5),
                        m -> m.ints("i", 1, 3)
                                .ints("row", 1, 2)
                                .floats("u", new float[] {1.1f, 2.1f}, 1, 2)
                                .node("Reshape i,row j")
                                .node("ScatterElements x,j,u y", "axis", 1, "reduction", "add")))
                .containsExactly(1, 3.1f, 3, 6.1f, 5);
        assertThat(values(14, counting(9), dims(3, 3), m -> m.node("Trilu x y", "upper", 0)))
                .containsExactly(0, 0, 0, 3, 4, 0, 6, 7, 8);
        assertThat(values(13, new float[] {1, 0, 1, 1}, dims(2, 2), m -> m.node("NonZero x y")))
                .containsExactly(0, 1, 1, 0, 0, 1);
        assertThat(values(
                        11,
                        new float[2],
                        dims(2),
                        m -> m.ints("i", 1, -1)
                                .ints("depth", 3)
                                .floats("v", new float[] {-1, 5}, 2)
                                .node("OneHot i,depth,v y")))
                .containsExactly(-1, 5, -1, -1, -1, 5);
        assertThat(values(9, new float[6], dims(2, 3), m -> m.node("EyeLike x y", "k", 1)))
                .containsExactly(0, 1, 0, 0, 0, 1);
        assertThat(values(
                        11,
                        counting(6),
                        dims(3, 2),
                        m -> m.node("Constant - c", "value", bools(false, true, true))
                                .node("Compress x,c y", "axis", 0)))
                .containsExactly(2, 3, 4, 5);
    }

    private static TensorProto bools(boolean... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length);
        for (int i = 0; i < values.length; i++) {
            bytes.put(i, (byte) (values[i] ? 1 : 0));
        }
        return new TensorProto("", ElementType.BOOL, new long[] {values.length}, bytes);
    }

    @Test
    void wholeNumbersStayOnTheHost() {
        float[] zeros = new float[3];
        assertThat(values(
                        13,
                        zeros,
                        dims(3),
                        m -> m.ints("a", -4, 7, 5)
                                .ints("b", 2, -3, 8)
                                .node("Mod a,b c")
                                .node("Cast c f", "to", 1)
                                .node("Add x,f y")))
                .containsExactly(0, -2, 5);
        assertThat(values(
                        13,
                        zeros,
                        dims(3),
                        m -> m.ints("a", -4, 7, 5)
                                .ints("b", 2, -3, 8)
                                .node("Mod a,b c", "fmod", 1)
                                .node("Cast c f", "to", 1)
                                .node("Add x,f y")))
                .containsExactly(0, 1, 5);
        assertThat(values(
                        13,
                        zeros,
                        dims(3),
                        m -> m.ints("s", 10)
                                .ints("l", 4)
                                .ints("d", -2)
                                .ints("none", 0)
                                .node("Squeeze s a")
                                .node("Squeeze l b")
                                .node("Squeeze d c")
                                .node("Range a,b,c r")
                                .node("Cast r f", "to", 1)
                                .node("Add x,f y")))
                .containsExactly(10, 8, 6);
    }

    @Test
    void truthValues() {
        float[] x = {1, 2, 3};
        Consumer<Models> limit = m -> m.floats("limit", new float[] {2, 2, 2}, 3);
        Map<String, float[]> expected = Map.of(
                "Less", new float[] {1, 0, 0},
                "LessOrEqual", new float[] {1, 1, 0},
                "Greater", new float[] {0, 0, 1},
                "GreaterOrEqual", new float[] {0, 1, 1},
                "Equal", new float[] {0, 1, 0});
        expected.forEach((name, y) -> assertThat(values(
                        16,
                        x,
                        dims(3),
                        limit.andThen(m -> m.node(name + " x,limit b").node("Cast b y", "to", 1))))
                .as(name)
                .isEqualTo(y));
        assertThat(values(
                        16,
                        x,
                        dims(3),
                        limit.andThen(m -> m.node("Less x,limit a")
                                .node("Greater x,limit b")
                                .node("Or a,b c")
                                .node("Not c d")
                                .node("Xor d,a e")
                                .node("And e,e f")
                                .node("Cast f y", "to", 1))))
                .containsExactly(1, 1, 0);
    }

    @Test
    void poolingOfOtherKinds() {
        float[] x = counting(16);
        assertThat(values(
                        18,
                        x,
                        dims(1, 1, 4, 4),
                        m -> m.node("LpPool x y", "kernel_shape", dims(2, 2), "strides", dims(2, 2), "p", 1)))
                .containsExactly(new float[] {10, 18, 42, 50}, within(1e-4f));
        assertThat(values(13, x, dims(1, 1, 4, 4), m -> m.node("GlobalLpPool x y", "p", 1)))
                .containsExactly(120);
    }

    @Test
    void unpoolingPutsEachWhereItWas() {
        assertThat(values(
                        11,
                        new float[] {1, 2, 3, 4},
                        dims(1, 1, 2, 2),
                        m -> m.ints("i", 5, 7, 13, 15)
                                .ints("four", 1, 1, 2, 2)
                                .node("Reshape i,four j")
                                .node("MaxUnpool x,j y", "kernel_shape", dims(2, 2), "strides", dims(2, 2))))
                .containsExactly(0, 0, 0, 0, 0, 1, 0, 2, 0, 0, 0, 0, 0, 3, 0, 4);
    }

    @Test
    void cropsAndPadsAtTheCentre() {
        Tensor y = run(18, counting(12), dims(3, 4), m -> m.ints("shape", 5, 2).node("CenterCropPad x,shape y"));
        assertThat(y.shape()).isEqualTo(Shape.of(5, 2));
        assertThat(y.toArray()).containsExactly(0, 0, 1, 2, 5, 6, 9, 10, 0, 0);
    }

    @Test
    void shufflesChannelsInPlace() {
        float[] x = counting(2 * 6 * 2);
        Tensor y = run(
                17,
                x,
                dims(2, 6, 1, 2),
                m -> m.ints("apart", 2, 2, 3, 1, 2)
                        .ints("back", 2, 6, 1, 2)
                        .node("Reshape x,apart a")
                        .node("Transpose a b", "perm", dims(0, 2, 1, 3, 4))
                        .node("Reshape b,back y"));
        float[] first = Arrays.copyOf(y.toArray(), 12);
        assertThat(first).containsExactly(0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 10, 11);
    }

    @Test
    void axesThatWereTurnedMeetThoseThatWereNot() {
        float[] offset = {0, 100, 200, 300};
        Tensor y = run(
                17,
                counting(24),
                dims(2, 3, 4),
                m -> m.floats("offset", offset, 4, 1)
                        .node("Transpose x a", "perm", dims(1, 2, 0))
                        .node("Add a,offset b")
                        .node("ReduceSum b y", "keepdims", 0));
        assertThat(y.item()).isEqualTo(276 + 6 * 600);
        Tensor turned = run(
                17,
                counting(24),
                dims(2, 3, 4),
                m -> m.floats("offset", offset, 4, 1)
                        .node("Transpose x a", "perm", dims(1, 2, 0))
                        .node("Add a,offset y"));
        assertThat(turned.shape()).isEqualTo(Shape.of(3, 4, 2));
        for (int i = 0; i < 24; i++) {
            int a = i / 8;
            int b = i / 2 % 4;
            int c = i % 2;
            assertThat(turned.get(a, b, c)).isEqualTo(c * 12 + a * 4 + b + 100 * b);
        }
    }

    @Test
    void oldVersionsBroadcastByAxis() {
        assertThat(values(
                        6,
                        new float[4],
                        dims(1, 2, 2, 1),
                        m -> m.floats("b", new float[] {1, 2}, 2).node("Add x,b y", "broadcast", 1, "axis", 1)))
                .containsExactly(1, 1, 2, 2);
    }

    @Test
    void aDerivativeThatIsNotThereIsAnError() {
        OnnxNetwork network = Models.opset(17)
                .input("x", 3)
                .floats("w", new float[] {1, 2, 3}, 3)
                .node("Mod x,w y", "fmod", 1)
                .output("y")
                .load();
        Tensor x = Tensor.of(Device.cpu(), new float[] {5, 5, 5}, 3);
        assertThat(network.forward(x, Pass.INFERENCE).toArray()).containsExactly(0, 1, 2);
        try (Scope scope = Scope.open()) {
            assertThatThrownBy(() -> network.forward(x, Pass.INFERENCE))
                    .isInstanceOf(OnnxException.class)
                    .hasMessageContaining("Mod 'y'")
                    .hasMessageContaining("derivative");
        }
    }

    @Test
    void aDerivativeOfAHostFunction() {
        OnnxNetwork network = Models.opset(17)
                .input("x", 3)
                .floats("w", new float[] {0.3f, -0.7f, 1.2f}, 3)
                .node("Mul x,w a")
                .node("Sin a y")
                .output("y")
                .load();
        float[] x = {1, 2, 3};
        try (Scope scope = Scope.open()) {
            Tensor y = network.forward(Tensor.of(Device.cpu(), x, 3), Pass.INFERENCE);
            float[] gradient =
                    y.sum().backward().of(network.parameters().getFirst()).toArray();
            for (int i = 0; i < 3; i++) {
                float w = new float[] {0.3f, -0.7f, 1.2f}[i];
                assertThat(gradient[i]).isCloseTo((float) (x[i] * Math.cos(w * x[i])), within(1e-5f));
            }
        }
    }
}
