package dev.aorta.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.aorta.Device;
import dev.aorta.Scope;
import dev.aorta.Shape;
import dev.aorta.Tensor;
import dev.aorta.nn.Pass;
import dev.aorta.onnx.proto.Model;
import dev.aorta.onnx.proto.Node;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Each fusion fires, and what it makes gives the numbers of what it replaces: where all values are outputs none can fire. */
class FusionTest {
    private static final Shape IMAGES = Shape.of(2, 4, 6, 5);

    private static void requireFused(String fusion, Consumer<Models> nodes) {
        Models fused = models(nodes).output("y");
        Models plain = models(nodes).output("y");
        Model model = plain.model();
        for (Node node : model.graph().nodes()) {
            if (!node.outputs().getFirst().equals("y")) {
                plain.output(node.outputs().getFirst());
            }
        }
        OnnxNetwork one = fused.load();
        OnnxNetwork other = plain.load();
        assertThat(one.fusions()).containsEntry(fusion, 1);
        assertThat(other.fusions()).as("with every value as an output").isEmpty();
        try (Scope scope = Scope.noGrad()) {
            Random random = new Random(9);
            float[] x = new float[IMAGES.size()];
            for (int i = 0; i < x.length; i++) {
                x[i] = (float) random.nextGaussian(0, 3);
            }
            Tensor images = Tensor.of(Device.cpu(), x, IMAGES.dims());
            assertThat(one.forward(images, Pass.INFERENCE).toArray())
                    .containsExactly(other.forward(images, Pass.INFERENCE).toArray(), within(2e-5f));
        }
    }

    private static Models models(Consumer<Models> nodes) {
        Models m = Models.opset(17).input("x", 2, 4, 6, 5);
        nodes.accept(m);
        return m;
    }

    @Test
    void convolutionAndBatchNormalisation() {
        requireFused("Conv + BatchNormalization", m -> {
            Random random = new Random(1);
            m.weight("w", random, 3, 4, 3, 3)
                    .weight("gamma", random, 3)
                    .weight("beta", random, 3)
                    .weight("mean", random, 3)
                    .floats("variance", new float[] {1, 2, 0.5f}, 3)
                    .node("Conv x,w a")
                    .node("BatchNormalization a,gamma,beta,mean,variance y", "epsilon", 1e-3);
        });
    }

    @Test
    void convolutionAndRelu() {
        requireFused(
                "Conv + Relu",
                m -> m.weight("w", new Random(2), 3, 4, 3, 3).node("Conv x,w a").node("Relu a y"));
    }

    @Test
    void convolutionAndWhatFollows() {
        requireFused(
                "Conv + Clip",
                m -> m.weight("w", new Random(2), 3, 4, 3, 3)
                        .number("zero", 0)
                        .number("six", 6)
                        .node("Conv x,w a")
                        .node("Clip a,zero,six y"));
        requireFused(
                "Conv + SiLU",
                m -> m.weight("w", new Random(2), 3, 4, 3, 3)
                        .node("Conv x,w a")
                        .node("Sigmoid a b")
                        .node("Mul a,b y"));
        requireFused(
                "Conv + HardSwish",
                m -> m.weight("w", new Random(2), 3, 4, 3, 3).node("Conv x,w a").node("HardSwish a y"));
    }

    @Test
    void convolutionAndSum() {
        requireFused(
                "Conv + Add",
                m -> m.weight("w", new Random(2), 4, 4, 1, 1)
                        .node("Sigmoid x a")
                        .node("Conv x,w b")
                        .node("Add a,b c")
                        .node("Relu c y"));
        requireFused(
                "Conv + Add",
                m -> m.weight("w", new Random(2), 4, 4, 1, 1)
                        .node("GlobalAveragePool x a")
                        .node("Conv x,w b")
                        .node("Add b,a y"));
    }

    /** A gate for each image and channel, one for each pixel, which is multiplied apart, and one that is repeated over all channels. */
    @Test
    void gatesBeforeConvolutions() {
        Consumer<Models> weights =
                m -> m.weight("w", new Random(5), 24, 4, 1, 1).weight("v", new Random(6), 4, 24, 1, 1);
        requireFused(
                "Mul + Conv",
                weights.andThen(m -> m.node("Conv x,w a")
                        .node("GlobalAveragePool a b")
                        .node("HardSigmoid b c")
                        .node("Mul c,a d")
                        .node("Conv d,v e")
                        .node("Add e,x f")
                        .node("Relu f y")));
        requireFused(
                "Mul + Conv",
                weights.andThen(m -> m.node("Conv x,w a")
                        .node("Tanh a b")
                        .node("Sigmoid b c")
                        .node("Mul a,c d")
                        .node("Conv d,v y")));
        requireFused(
                "Mul + Conv",
                m -> m.weight("u", new Random(5), 1, 4, 1, 1)
                        .weight("v", new Random(6), 3, 4, 1, 1)
                        .node("GlobalAveragePool x a")
                        .node("Conv a,u b")
                        .node("Sigmoid b c")
                        .node("Mul x,c d")
                        .node("Conv d,v y"));
    }

    @Test
    void chainsOfConvolutions() {
        Consumer<Models> two = m -> m.weight("w", new Random(5), 24, 4, 1, 1)
                .weight("v", new Random(6), 24, 1, 3, 3)
                .weight("u", new Random(7), 4, 24, 1, 1)
                .node("Conv x,w a")
                .node("Relu a b");
        requireFused(
                "1x1 Conv + depthwise Conv",
                two.andThen(m -> m.node("Conv b,v y", "group", 24, "pads", new long[] {1, 1, 1, 1})));
        Consumer<Models> three = two.andThen(m ->
                m.node("Conv b,v c", "group", 24, "strides", new long[] {2, 1}).node("Conv c,u d"));
        requireFused("1x1 Conv + depthwise Conv + 1x1 Conv", three.andThen(m -> m.node("Sigmoid d y")));
        requireFused(
                "1x1 Conv + depthwise Conv + 1x1 Conv",
                m -> m.node("GlobalAveragePool x z")
                        .weight("w", new Random(5), 24, 4, 1, 1)
                        .weight("v", new Random(6), 24, 1, 3, 3)
                        .weight("u", new Random(7), 4, 24, 1, 1)
                        .node("Conv x,w a")
                        .node("Conv a,v b", "group", 24)
                        .node("Conv b,u c")
                        .node("Add c,z y"));
        requireFused(
                "1x1 Conv + depthwise Conv + 1x1 Conv",
                m -> m.node("Sigmoid x z")
                        .weight("w", new Random(5), 24, 4, 1, 1)
                        .weight("v", new Random(6), 24, 1, 3, 3)
                        .weight("u", new Random(7), 4, 24, 1, 1)
                        .node("Conv x,w a")
                        .node("Conv a,v b", "group", 24, "pads", new long[] {1, 1, 1, 1})
                        .node("Conv b,u c")
                        .node("Add z,c y"));
    }

    @Test
    void matMulAndAdd() {
        requireFused(
                "MatMul + Add",
                m -> m.weight("w", new Random(3), 5, 7)
                        .weight("b", new Random(4), 7)
                        .node("MatMul x,w a")
                        .node("Add a,b y"));
    }

    @Test
    void gelu() {
        requireFused(
                "GELU",
                m -> m.number("root", Math.sqrt(2))
                        .number("one", 1)
                        .number("half", 0.5)
                        .node("Div x,root a")
                        .node("Erf a b")
                        .node("Add b,one c")
                        .node("Mul x,c d")
                        .node("Mul d,half y"));
        requireFused(
                "GELU",
                m -> m.number("root", Math.sqrt(0.5))
                        .number("one", 1)
                        .number("half", 0.5)
                        .node("Mul x,root a")
                        .node("Erf a b")
                        .node("Add one,b c")
                        .node("Mul x,half d")
                        .node("Mul c,d y"));
    }

    @Test
    void geluWithTanh() {
        requireFused(
                "GELU",
                m -> m.number("three", 3)
                        .number("cubic", 0.044715)
                        .number("root", Math.sqrt(2 / Math.PI))
                        .number("one", 1)
                        .number("half", 0.5)
                        .node("Pow x,three a")
                        .node("Mul a,cubic b")
                        .node("Add x,b c")
                        .node("Mul c,root d")
                        .node("Tanh d e")
                        .node("Add e,one f")
                        .node("Mul x,half g")
                        .node("Mul g,f y"));
    }

    @Test
    void silu() {
        requireFused("SiLU", m -> m.node("Sigmoid x a").node("Mul x,a y"));
    }

    @Test
    void hardSwish() {
        requireFused(
                "HardSwish",
                m -> m.node("HardSigmoid x a", "alpha", 1 / 6.0, "beta", 0.5).node("Mul x,a y"));
        requireFused(
                "HardSwish",
                m -> m.number("three", 3)
                        .number("zero", 0)
                        .number("six", 6)
                        .node("Add x,three a")
                        .node("Clip a,zero,six b")
                        .node("Mul x,b c")
                        .node("Div c,six y"));
    }

    @Test
    void softplus() {
        requireFused(
                "Softplus",
                m -> m.number("limit", 20)
                        .node("Softplus x a")
                        .node("Greater x,limit b")
                        .node("Where b,x,a y"));
        requireFused(
                "Softplus",
                m -> m.number("one", 1).node("Exp x a").node("Add a,one b").node("Log b y"));
    }

    @Test
    void layerNormalisation() {
        requireFused(
                "LayerNorm",
                m -> m.number("two", 2)
                        .number("epsilon", 1e-5)
                        .weight("gamma", new Random(5), 5)
                        .weight("beta", new Random(6), 5)
                        .node("ReduceMean x a", "axes", new long[] {-1})
                        .node("Sub x,a b")
                        .node("Pow b,two c")
                        .node("ReduceMean c d", "axes", new long[] {-1})
                        .node("Add d,epsilon e")
                        .node("Sqrt e f")
                        .node("Div b,f g")
                        .node("Mul g,gamma h")
                        .node("Add h,beta y"));
    }

    @Test
    void groupNormalisation() {
        requireFused(
                "GroupNorm",
                m -> m.ints("groups", 0, 2, -1)
                        .floats("ones", new float[] {1, 1}, 2)
                        .floats("zeros", new float[2], 2)
                        .weight("gamma", new Random(7), 4, 1, 1)
                        .weight("beta", new Random(8), 4, 1, 1)
                        .node("Reshape x,groups a")
                        .node("InstanceNormalization a,ones,zeros b", "epsilon", 1e-5)
                        .node("Shape x s")
                        .node("Reshape b,s c")
                        .node("Mul c,gamma d")
                        .node("Add d,beta y"));
    }
}
