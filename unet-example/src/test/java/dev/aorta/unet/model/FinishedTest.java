package dev.aorta.unet.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.aorta.Device;
import dev.aorta.Parameter;
import dev.aorta.Scope;
import dev.aorta.Tensor;
import dev.aorta.io.Json;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Pass;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What becomes of a network's output when it segments images. */
class FinishedTest {
    private final Device device = Device.cpu();

    /** As a layer: the image is the foreground's logit, 0 the background's, and what stands in the first column counts double. */
    private record Image() implements Layer {
        @Override
        public String name() {
            return "image";
        }

        @Override
        public Tensor forward(Tensor x, Pass pass) {
            int columns = x.shape().dim(2);
            float[] grey = x.toArray();
            float[] logits = new float[2 * grey.length];
            for (int i = 0; i < grey.length; i++) {
                logits[2 * i + 1] = grey[i] * (i % columns == 0 ? 2 : 1);
            }
            return Tensor.of(Device.cpu(), logits, x.shape().dim(0), x.shape().dim(1), columns, 2);
        }

        @Override
        public List<Parameter> parameters() {
            return List.of();
        }
    }

    private float[] finished(Views views, boolean largest, int rows, int columns, float... grey) {
        ModelConfig config = new ModelConfig(
                ModelConfig.Kind.UNET, 2, 2, Norm.NONE, 2, rows, columns, InputScaling.STANDARD, 0, views, largest);
        try (Scope scope = Scope.noGrad()) {
            return config.finished(new Image(), device)
                    .forward(Tensor.of(device, grey, grey.length / rows / columns, rows, columns, 1), Pass.INFERENCE)
                    .toArray();
        }
    }

    @Test
    void mirroringIsTheMeanOfFourMirroredBack() {
        assertThat(finished(Views.ONE, false, 2, 2, 1, 2, 3, 4)).containsExactly(0, 2, 0, 2, 0, 6, 0, 4);
        float[] mean = finished(Views.MIRRORED, false, 2, 2, 1, 2, 3, 4);
        float[] right = {0, 1.5f, 0, 3, 0, 4.5f, 0, 6};
        for (int i = 0; i < right.length; i++) {
            assertThat(mean[i]).isCloseTo(right[i], within(1e-6f));
        }
    }

    /** A network that sees single pixels says of a smooth image the same in every view, once that is brought back. */
    @Test
    void turnedViewsAreBroughtBack() {
        int side = 48;
        float[] hill = new float[side * side];
        for (int i = 0; i < hill.length; i++) {
            double right = i % side - 28;
            double down = i / side - 20;
            hill[i] = (float) (4 * Math.exp(-(right * right + 2 * down * down) / 200) - 2);
        }
        float[] logits = finished(Views.TURNED, false, side, side, hill);
        for (int i = 0; i < hill.length; i++) {
            int row = i / side;
            int column = i % side;
            if (Math.hypot(row - 23.5, column - 23.5) < 13) { // what all views show
                assertThat(logits[2 * i + 1] - logits[2 * i])
                        .as("row %d, column %d", row, column)
                        .isCloseTo(hill[i], within(0.03f));
            }
        }
    }

    @Test
    void ofEachImageTheLargestPartIsLeft() {
        float[] logits = finished(
                Views.ONE, true, 3, 4, //
                -1, 5, -1, 7, //
                5, -1, -1, 7, //
                5, 5, -1, -1, // corners do not connect, nor do rows that follow one another
                -1, -1, -1, -1, //
                -1, 9, -1, -1, //
                -1, -1, -1, -1);
        StringBuilder mask = new StringBuilder();
        for (int i = 0; i < 24; i++) {
            mask.append(logits[2 * i + 1] > logits[2 * i] ? '1' : '0');
        }
        assertThat(mask.toString()).isEqualTo("0000" + "1000" + "1100" + "0000" + "0100" + "0000");
        assertThat(logits[2 + 0]).as("one above the foreground's").isEqualTo(6);
    }

    /** As the network of the square alone, with background around it; in training it takes what it is given. */
    @Test
    void onlyTheSquareInTheMiddleIsLookedAt() {
        Layer centred = new Centred(new Image(), 2);
        float[] grey = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
        try (Scope scope = Scope.noGrad()) {
            Tensor x = Tensor.of(device, grey, 1, 3, 4, 1);
            float[] logits = centred.forward(x, Pass.INFERENCE).toArray();
            for (int i = 0; i < 12; i++) {
                int row = i / 4;
                int column = i % 4;
                boolean inside = row < 2 && column >= 1 && column < 3;
                float foreground = inside ? grey[i] * (column == 1 ? 2 : 1) : -10;
                assertThat(logits[2 * i + 1]).as("pixel %d", i).isEqualTo(foreground);
                assertThat(logits[2 * i]).as("pixel %d", i).isEqualTo(inside ? 0 : 10);
            }
            assertThat(centred.forward(x, Pass.training(1, 1)).toArray())
                    .isEqualTo(new Image().forward(x, Pass.training(1, 1)).toArray());
        }
    }

    @Test
    void descriptionsOfEarlierModelsSayNothingOfIt() throws IOException {
        String text =
                "{\"kind\":\"unet\",\"base\":2,\"depth\":2,\"norm\":\"none\",\"classes\":2,\"rows\":8,\"columns\":8,"
                        + "\"input\":\"standard\"}";
        ModelConfig plain = ModelConfig.of(Json.parse(text));
        assertThat(plain.toJson().compact()).isEqualTo(text);
        assertThat(plain.views()).isEqualTo(Views.ONE);
        assertThat(ModelConfig.of(Json.parse(text.replace("}", ",\"mirror\":true}")))
                        .views())
                .isEqualTo(Views.MIRRORED);
        for (Views views : Views.values()) {
            ModelConfig more = new ModelConfig(
                    ModelConfig.Kind.UNET, 2, 2, Norm.NONE, 2, 8, 8, InputScaling.STANDARD, 4, views, true);
            assertThat(ModelConfig.of(more.toJson())).isEqualTo(more).isNotEqualTo(plain);
        }
    }
}
