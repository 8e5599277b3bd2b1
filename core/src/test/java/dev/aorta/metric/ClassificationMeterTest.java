package dev.aorta.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import dev.aorta.Shape;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Accuracy, F1, top k and the area under the ROC curve. */
class ClassificationMeterTest {
    private static final long SEED = 3;
    private static final org.assertj.core.data.Offset<Double> TINY = offset(1e-12);

    private static float[][] oneHot(int classes, int... predicted) {
        float[][] logits = new float[predicted.length][classes];
        for (int i = 0; i < predicted.length; i++) {
            logits[i][predicted[i]] = 1;
        }
        return logits;
    }

    /** The example of scikit-learn's f1_score: macro 0.26..., micro 0.33.... */
    @Test
    void f1IsThatOfTheDocumentationOfScikitLearn() {
        ClassificationMeter meter = new ClassificationMeter(3);
        Measured.add(meter, oneHot(3, 0, 2, 1), 0, 1, 2);
        Measured.add(meter, oneHot(3, 0, 0, 1), 0, 1, 2);
        assertThat(meter.scores().sequencedKeySet()).containsExactly("accuracy", "f1_macro", "f1_micro");
        assertThat(meter.scores().get("f1_macro")).isCloseTo(4 / 15.0, TINY);
        assertThat(meter.scores().get("f1_micro")).isCloseTo(1 / 3.0, TINY);
        assertThat(meter.scores().get("accuracy")).isCloseTo(1 / 3.0, TINY);
        assertThat(meter.confusion().count(2, 1)).isEqualTo(2);
        assertThat(meter.confusion().count(1, 2)).isEqualTo(1);
    }

    @Test
    void aClassThatNeverOccursIsLeftOutOfTheMean() {
        ClassificationMeter meter = new ClassificationMeter(5);
        assertThat(meter.scores().values()).as("nothing was added").allMatch(s -> s.isNaN());
        Measured.add(meter, oneHot(5, 0, 1, 1), 0, 1, 2);
        assertThat(meter.scores().get("f1_macro")).isCloseTo((1 + 2 / 3.0 + 0) / 3, TINY);
    }

    /** The example of scikit-learn's top_k_accuracy_score: 0.75. */
    @Test
    void topKIsThatOfTheDocumentationOfScikitLearn() {
        TopKMeter meter = new TopKMeter(2);
        float[][] scores = {{0.5f, 0.2f, 0.2f}, {0.3f, 0.4f, 0.2f}, {0.2f, 0.4f, 0.3f}, {0.7f, 0.2f, 0.1f}};
        Measured.add(meter, scores, 0, 1, 2, 2);
        assertThat(meter.scores()).containsOnlyKeys("top2");
        assertThat(meter.scores().get("top2")).isEqualTo(0.75);
    }

    @Test
    void topOneIsTheAccuracyAlsoWithTies() {
        Random random = new Random(SEED);
        float[][] logits = new float[200][4];
        float[] labels = new float[logits.length];
        for (int i = 0; i < logits.length; i++) {
            for (int c = 0; c < 4; c++) {
                logits[i][c] = random.nextInt(3);
            }
            labels[i] = random.nextInt(4);
        }
        Meter meter = Meters.of(new TopKMeter(1), new ClassificationMeter(4));
        Measured.add(meter, logits, labels);
        assertThat(meter.scores().get("top1"))
                .as("seed %d", SEED)
                .isEqualTo(meter.scores().get("accuracy"));
        TopKMeter nan = new TopKMeter(1);
        Measured.add(nan, new float[][] {{Float.NaN, 1}, {1, Float.NaN}, {0, 1}}, 0, 0, 1);
        assertThat(nan.scores().get("top1")).isCloseTo(1 / 3.0, TINY);
        assertThatThrownBy(() -> Measured.add(new TopKMeter(4), logits, labels))
                .hasMessage("[metric] every label is among the top 4 of 4 classes: take a smaller k");
        assertThatThrownBy(() -> Measured.add(new TopKMeter(1), new float[][] {{0, 1}}, 2))
                .hasMessage("[metric] label 2.0 of element 0 is not a class; expected 0 to 1");
    }

    /** The example of scikit-learn's roc_auc_score, as two logits and as one. */
    @Test
    void rocAucIsThatOfTheDocumentationOfScikitLearn() {
        float[] scores = {0.1f, 0.4f, 0.35f, 0.8f};
        RocAucMeter two = new RocAucMeter();
        RocAucMeter one = new RocAucMeter();
        for (int i = 0; i < 4; i++) {
            Measured.add(two, new float[][] {{-scores[i], scores[i]}}, i < 2 ? 0 : 1);
            Measured.add(one, new float[][] {{scores[i]}}, i < 2 ? 0 : 1);
        }
        assertThat(two.scores().get("roc_auc")).isEqualTo(0.75);
        assertThat(one.scores().get("roc_auc")).isEqualTo(0.75);
    }

    @Test
    void tiesCountHalfAndWhatIsNotDefinedIsNaN() {
        RocAucMeter meter = new RocAucMeter();
        Measured.add(meter, new float[][] {{0f}, {-0f}, {1}}, 0, 1, 1);
        assertThat(meter.scores().get("roc_auc")).isEqualTo(0.75);
        RocAucMeter alike = new RocAucMeter();
        assertThat(alike.scores().get("roc_auc")).isNaN();
        Measured.add(alike, new float[][] {{0}, {1}}, 1, 1);
        assertThat(alike.scores().get("roc_auc")).isNaN();
        RocAucMeter nan = new RocAucMeter();
        Measured.add(nan, new float[][] {{0}, {Float.NaN}}, 0, 1);
        assertThat(nan.scores().get("roc_auc")).isNaN();
    }

    /** Pair by pair, with the probabilities of the softmax in double. */
    @Test
    void ofSeveralClassesItIsTheMeanOfEachAgainstTheRest() {
        Random random = new Random(SEED);
        int classes = 4;
        float[][] logits = new float[120][classes];
        float[] labels = new float[logits.length];
        double[][] odds = new double[logits.length][classes];
        for (int i = 0; i < logits.length; i++) {
            labels[i] = random.nextInt(classes - 1); // the last class never occurs
            for (int c = 0; c < classes; c++) {
                logits[i][c] = (float) random.nextGaussian(c == labels[i] ? 1 : 0, 1);
            }
            for (int c = 0; c < classes; c++) {
                double others = 0;
                for (int o = 0; o < classes; o++) {
                    others += o == c ? 0 : Math.exp(logits[i][o]);
                }
                odds[i][c] = Math.exp(logits[i][c]) / others;
            }
        }
        double mean = 0;
        for (int c = 0; c < classes - 1; c++) {
            long pairs = 0;
            long above = 0;
            for (int p = 0; p < logits.length; p++) {
                for (int n = 0; n < logits.length; n++) {
                    if (labels[p] == c && labels[n] != c) {
                        pairs++;
                        above += odds[p][c] > odds[n][c] ? 1 : 0;
                    }
                }
            }
            mean += above / (double) pairs / (classes - 1);
        }
        RocAucMeter meter = new RocAucMeter();
        Measured.add(meter, logits, labels);
        assertThat(meter.scores().get("roc_auc")).as("seed %d", SEED).isCloseTo(mean, TINY);
    }

    /** Both probabilities of class 0 are 1 in double, a tie; the odds are not. */
    @Test
    void classesThatAreCertainKeepTheirOrder() {
        RocAucMeter meter = new RocAucMeter();
        Measured.add(meter, new float[][] {{60, 0, 0}, {90, 0, 0}}, 1, 0);
        assertThat(meter.scores().get("roc_auc")).isEqualTo(1);
    }

    @Test
    void pixelsAreElementsToo() {
        ClassificationMeter meter = new ClassificationMeter(2);
        Measured.add(
                meter,
                new float[] {0, 1, 1, 0, 0, 1, 0, 1},
                Shape.of(2, 2, 2),
                new float[] {1, 0, 1, 0},
                Shape.of(2, 2));
        assertThat(meter.scores().get("accuracy")).isEqualTo(0.75);
        assertThat(meter.readouts()).isEqualTo(List.of(Readout.ARGMAX));
    }
}
