package dev.aorta.nn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aorta.Device;
import dev.aorta.GradientCheck;
import dev.aorta.Parameter;
import dev.aorta.Scope;
import dev.aorta.Shape;
import dev.aorta.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The example of a layer of a user's own in docs/extending.md. */
class OwnLayerTest {
    // docs: layer
    /** Squeeze and excitation: each channel of (N, H, W, C) times a number from 0 to 1 that the whole image decides. */
    record SqueezeExcite(String name, Layer gate) implements Layer {
        static SqueezeExcite of(Layers net, int channels) {
            Layers own = net.part("excite");
            Layer gate = own.sequential(
                    own.globalAvgPool2d(),
                    own.linear(channels, channels / 4),
                    own.relu(),
                    own.linear(channels / 4, channels));
            return new SqueezeExcite(own.prefix(), gate);
        }

        @Override
        public Tensor forward(Tensor x, Pass pass) {
            return x.mul(gate.forward(x, pass).sigmoid().unsqueeze(1).unsqueeze(1));
        }

        @Override
        public List<Parameter> parameters() {
            return gate.parameters();
        }
    }
    // docs: layer

    @Test
    void itIsALayerLikeOthers() {
        try (Device device = Device.reference();
                Scope scope = Scope.open()) {
            Layers net = new Layers(device, 1);
            Layer network = net.sequential(
                    net.conv2d(1, 4, 3),
                    SqueezeExcite.of(net, 4),
                    net.in("deep").conv2d(4, 4, 1),
                    SqueezeExcite.of(net, 4));
            assertThat(network.parameters())
                    .extracting(Parameter::name)
                    .contains("excite1.linear1.weight", "excite2.linear2.bias");
            assertThat(Summary.of(network, Shape.of(1, 4, 4, 1)).rows())
                    .contains(new Summary.Row("excite2.linear2", Shape.of(1, 4), 8));
            Tensor x = Tensor.of(device, new float[] {0.3f, -1, 2, 0.7f}, 1, 2, 2, 1)
                    .requireGradient();
            GradientCheck.of(t -> network.forward(t[0], Pass.training(1, 0)), x).requirePassed();
        }
    }

    @Test
    void theExampleStandsInTheDocs() throws IOException {
        Path root = Path.of(System.getProperty("aorta.root"));
        String test = Files.readString(root.resolve("core/src/test/java/dev/aorta/nn/OwnLayerTest.java"));
        String code = test.split(" +// docs: layer\n")[1].indent(-4);
        assertThat(Files.readString(root.resolve("docs/extending.md"))).contains("```java\n" + code + "```");
    }
}
