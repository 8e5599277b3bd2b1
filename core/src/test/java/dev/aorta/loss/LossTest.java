package dev.aorta.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import dev.aorta.Device;
import dev.aorta.GradientCheck;
import dev.aorta.Scope;
import dev.aorta.ShapeException;
import dev.aorta.Tensor;
import java.util.List;
import java.util.Random;
import java.util.function.ToDoubleBiFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each loss beside its formula in doubles, and its derivative beside central differences. */
class LossTest {
    private static final long SEED = 6;
    private static final int ROWS = 12; // two images of six pixels
    private static final int CLASSES = 4;
    private static final float[] W = {0.5f, 2, 1, 3};
    private static final float[] ONES = {1, 1, 1, 1};

    /** What stands in the labels. */
    private enum Kind {
        NUMBERS,
        PROBABILITIES,
        DISTRIBUTIONS,
        INDICES
    }

    /** A loss and what it must be for outputs (ROWS, CLASSES) and labels, the latter (ROWS, CLASSES) or (ROWS). */
    private record Row(String name, Loss loss, Kind kind, ToDoubleBiFunction<double[][], double[][]> formula) {
        @Override
        public String toString() {
            return name;
        }
    }

    static List<Row> rows() {
        return List.of(
                new Row("mse", Loss.mse(), Kind.NUMBERS, (y, t) -> mean(y, t, (a, b) -> (a - b) * (a - b))),
                new Row("mae", Loss.mae(), Kind.NUMBERS, (y, t) -> mean(y, t, (a, b) -> Math.abs(a - b))),
                new Row(
                        "huber 0.7",
                        Loss.huber(0.7f),
                        Kind.NUMBERS,
                        (y, t) -> mean(y, t, (a, b) -> {
                            double e = Math.abs(a - b);
                            return e < 0.7f ? e * e / 2 : 0.7f * (e - 0.7f / 2);
                        })),
                new Row("bce", Loss.binaryCrossEntropy(), Kind.PROBABILITIES, (x, t) -> binary(x, t, 1)),
                new Row("bce weighted", Loss.binaryCrossEntropy(3), Kind.PROBABILITIES, (x, t) -> binary(x, t, 3)),
                new Row("soft", Loss.softCrossEntropy(), Kind.DISTRIBUTIONS, (x, t) -> soft(x, t, ONES)),
                new Row("soft weighted", Loss.softCrossEntropy(W), Kind.DISTRIBUTIONS, (x, t) -> soft(x, t, W)),
                new Row("kl", Loss.klDivergence(), Kind.DISTRIBUTIONS, LossTest::divergence),
                new Row("ce", Loss.crossEntropy(), Kind.INDICES, (x, l) -> entropy(x, l, ONES, 0, 9)),
                new Row("ce weighted", Loss.crossEntropy().weighted(W), Kind.INDICES, (x, l) -> entropy(x, l, W, 0, 9)),
                new Row(
                        "ce smoothed",
                        Loss.crossEntropy().smoothed(0.2f),
                        Kind.INDICES,
                        (x, l) -> entropy(x, l, ONES, 0.2f, 9)),
                new Row(
                        "ce ignoring a class",
                        Loss.crossEntropy().ignoring(1),
                        Kind.INDICES,
                        (x, l) -> entropy(x, l, ONES, 0, 1)),
                new Row(
                        "ce with all",
                        Loss.crossEntropy().weighted(W).smoothed(0.1f).ignoring(2),
                        Kind.INDICES,
                        (x, l) -> entropy(x, l, W, 0.1f, 2)),
                new Row("focal", Loss.focal(), Kind.INDICES, (x, l) -> focal(x, l, 2)),
                new Row("tversky", Loss.tversky(0.3f, 0.7f), Kind.INDICES, (x, l) -> tversky(x, l, 0.3f, 0.7f)),
                new Row(
                        "sum",
                        Loss.mse().plus(Loss.mae().times(0.5f)),
                        Kind.NUMBERS,
                        (y, t) -> mean(y, t, (a, b) -> (a - b) * (a - b) + Math.abs(a - b) / 2)));
    }

    @ParameterizedTest
    @MethodSource("rows")
    void itIsItsFormula(Row row) {
        double[][] x = output();
        double[][] t = labels(row.kind);
        double want = row.formula.applyAsDouble(x, t);
        try (Device reference = Device.reference();
                Scope scope = Scope.noGrad()) {
            assertThat(row.loss.of(output(reference), labels(reference, row)).item())
                    .as("on the reference, seed %d", SEED)
                    .isCloseTo(want, offset(1e-6 * Math.abs(want)));
            assertThat(row.loss
                            .of(output(Device.cpu()), labels(Device.cpu(), row))
                            .item())
                    .as("on the CPU, seed %d", SEED)
                    .isCloseTo(want, offset(1e-5 * Math.abs(want)));
        }
    }

    @ParameterizedTest
    @MethodSource("rows")
    void itsDerivativeIsThatOfCentralDifferences(Row row) {
        try (Device device = Device.reference();
                Scope scope = Scope.open()) {
            Tensor labels = labels(device, row);
            GradientCheck.of(
                            t -> row.loss.of(t[0], labels),
                            output(device).detach().requireGradient())
                    .requirePassed();
        }
    }

    @Test
    void largeLogitsKeepTheirDigits() {
        try (Scope scope = Scope.open()) {
            Tensor x = Tensor.of(Device.cpu(), new float[] {200, -200}, 2).requireGradient();
            Tensor t = Tensor.of(Device.cpu(), new float[] {0, 1}, 2);
            Tensor loss = Loss.binaryCrossEntropy().of(x, t);
            assertThat(loss.item()).isEqualTo(200);
            assertThat(loss.backward().of(x).toArray()).containsExactly(0.5f, -0.5f);
        }
    }

    @Test
    void aDistributionMayHaveZeros() {
        try (Scope scope = Scope.noGrad()) {
            Tensor t = Tensor.of(Device.cpu(), new float[] {0, 1}, 1, 2);
            Tensor x = Tensor.of(Device.cpu(), new float[] {0, 0}, 1, 2);
            assertThat(Loss.klDivergence().of(x, t).item()).isCloseTo(Math.log(2), offset(1e-6));
        }
    }

    @Test
    void halvesOfWhatIsWrongAreTheDiceLoss() {
        try (Scope scope = Scope.noGrad()) {
            Row row = new Row("dice", Loss.tversky(0.5f, 0.5f), Kind.INDICES, (x, l) -> 0);
            Tensor x = output(Device.cpu());
            Tensor labels = labels(Device.cpu(), row);
            assertThat(row.loss.of(x, labels).item())
                    .isCloseTo(x.diceLoss(labels, 2).item(), offset(1e-6));
        }
    }

    @Test
    void whatIsIgnoredHasNoInfluence() {
        Device device = Device.cpu();
        CrossEntropy loss = Loss.crossEntropy().ignoring(255);
        try (Scope scope = Scope.open()) {
            Tensor x = Tensor.of(device, new float[] {1, 2, 30, -4}, 2, 2).requireGradient();
            Tensor l = loss.of(x, Tensor.of(device, new float[] {0, 255}, 2));
            Tensor first = Tensor.of(device, new float[] {1, 2}, 1, 2);
            assertThat(l.item())
                    .isCloseTo(
                            first.crossEntropy(Tensor.of(device, new float[] {0}, 1), null)
                                    .item(),
                            offset(1e-6));
            assertThat(l.backward().of(x).toArray()).endsWith(0, 0);
            Tensor none = loss.of(x, Tensor.of(device, new float[] {255, 255}, 2));
            assertThat(none.item()).isZero();
            assertThat(none.backward().of(x).toArray()).containsOnly(0);
        }
    }

    @Test
    void whatDoesNotFitIsRefused() {
        Device device = Device.cpu();
        try (Scope scope = Scope.noGrad()) {
            Tensor column = Tensor.of(device, new float[3], 3, 1);
            Tensor row = Tensor.of(device, new float[3], 3);
            for (Loss loss : List.of(Loss.mse(), Loss.mae(), Loss.huber(1), Loss.binaryCrossEntropy())) {
                assertThatThrownBy(() -> loss.of(column, row))
                        .isInstanceOf(ShapeException.class)
                        .hasMessageContaining("targets must have the shape of the output [3, 1], got [3]");
            }
            Tensor logits = Tensor.of(device, new float[6], 2, 3);
            assertThatThrownBy(() -> Loss.tversky(1, 1).of(logits, row))
                    .hasMessage("[tversky] needs logits (N, .., classes) and labels (N, ..), got [2, 3] and [3]");
            Tensor wrong = Tensor.of(device, new float[] {0, 3}, 2);
            for (Loss loss : List.of(Loss.tversky(1, 1), Loss.crossEntropy().smoothed(0.1f), Loss.crossEntropy())) {
                assertThatThrownBy(() -> loss.of(logits, wrong).item())
                        .as("3 is no class of 3")
                        .isInstanceOf(IllegalArgumentException.class);
            }
            assertThatThrownBy(() -> Loss.softCrossEntropy(1, 2).of(logits, logits))
                    .hasMessage("[softCrossEntropy] got 2 class weights for logits [2, 3]");
        }
        assertThatThrownBy(() -> Loss.huber(0)).hasMessage("[huber] delta must be above 0, got 0.0");
        assertThatThrownBy(() -> Loss.binaryCrossEntropy(Float.NaN)).hasMessageContaining("got NaN");
        assertThatThrownBy(() -> Loss.crossEntropy().smoothed(1.5f)).hasMessageContaining("got 1.5");
        assertThatThrownBy(() -> Loss.tversky(-1, 0)).hasMessageContaining("got -1.0 and 0.0");
    }

    // ---- the formulas

    private interface Of {
        double of(double a, double b);
    }

    private static double mean(double[][] a, double[][] b, Of f) {
        double sum = 0;
        for (int i = 0; i < ROWS; i++) {
            for (int c = 0; c < CLASSES; c++) {
                sum += f.of(a[i][c], b[i][c]);
            }
        }
        return sum / (ROWS * CLASSES);
    }

    private static double binary(double[][] x, double[][] t, double weight) {
        return mean(x, t, (a, b) -> {
            double s = 1 / (1 + Math.exp(-a));
            return -weight * b * Math.log(s) - (1 - b) * Math.log(1 - s);
        });
    }

    private static double[] softmax(double[] x) {
        double sum = 0;
        for (double v : x) {
            sum += Math.exp(v);
        }
        double all = sum;
        return IntStream.range(0, x.length)
                .mapToDouble(c -> Math.exp(x[c]) / all)
                .toArray();
    }

    private static double soft(double[][] x, double[][] t, float[] w) {
        double sum = 0;
        for (int i = 0; i < ROWS; i++) {
            for (int c = 0; c < CLASSES; c++) {
                sum -= w[c] * t[i][c] * Math.log(softmax(x[i])[c]);
            }
        }
        return sum / ROWS;
    }

    private static double divergence(double[][] x, double[][] t) {
        double sum = 0;
        for (int i = 0; i < ROWS; i++) {
            for (int c = 0; c < CLASSES; c++) {
                sum += t[i][c] * Math.log(t[i][c] / softmax(x[i])[c]);
            }
        }
        return sum / ROWS;
    }

    private static double entropy(double[][] x, double[][] l, float[] w, double smoothing, int ignored) {
        double sum = 0;
        double weights = 0;
        for (int i = 0; i < ROWS; i++) {
            int label = (int) l[i][0];
            if (label == ignored) {
                continue;
            }
            weights += w[label];
            for (int c = 0; c < CLASSES; c++) {
                double q = (c == label ? 1 - smoothing : 0) + smoothing / CLASSES;
                sum -= w[c] * q * Math.log(softmax(x[i])[c]);
            }
        }
        return sum / weights;
    }

    private static double focal(double[][] x, double[][] l, double focus) {
        double sum = 0;
        for (int i = 0; i < ROWS; i++) {
            double p = softmax(x[i])[(int) l[i][0]];
            sum -= Math.pow(1 - p, focus) * Math.log(p);
        }
        return sum / ROWS;
    }

    private static double tversky(double[][] x, double[][] l, double a, double b) {
        double sum = 0;
        for (int image = 0; image < 2; image++) {
            for (int c = 1; c < CLASSES; c++) {
                double hits = 0;
                double wrong = 0;
                for (int i = image * ROWS / 2; i < (image + 1) * ROWS / 2; i++) {
                    double p = softmax(x[i])[c];
                    boolean is = l[i][0] == c;
                    hits += is ? p : 0;
                    wrong += is ? b * (1 - p) : a * p;
                }
                sum += (hits + 1) / (hits + wrong + 1);
            }
        }
        return 1 - sum / (2 * (CLASSES - 1));
    }

    // ---- the operands

    private static double[][] output() {
        Random random = new Random(SEED);
        double[][] x = new double[ROWS][CLASSES];
        for (double[] row : x) {
            for (int c = 0; c < CLASSES; c++) {
                row[c] = (float) random.nextGaussian();
            }
        }
        return x;
    }

    private static double[][] labels(Kind kind) {
        Random random = new Random(SEED + 1);
        double[][] t = new double[ROWS][CLASSES];
        for (int i = 0; i < ROWS; i++) {
            double sum = 0;
            for (int c = 0; c < CLASSES; c++) {
                t[i][c] = kind == Kind.NUMBERS ? (float) random.nextGaussian() : random.nextFloat();
                sum += t[i][c];
            }
            for (int c = 0; c < CLASSES && kind == Kind.DISTRIBUTIONS; c++) {
                t[i][c] = (float) (t[i][c] / sum);
            }
            t[i][0] = kind == Kind.INDICES ? random.nextInt(CLASSES) : t[i][0];
        }
        return t;
    }

    private static Tensor output(Device device) {
        return Tensor.of(device, flat(output(), CLASSES), 2, 3, 2, CLASSES);
    }

    private static Tensor labels(Device device, Row row) {
        double[][] t = labels(row.kind);
        return row.kind == Kind.INDICES
                ? Tensor.of(device, flat(t, 1), 2, 3, 2)
                : Tensor.of(device, flat(t, CLASSES), 2, 3, 2, CLASSES);
    }

    private static float[] flat(double[][] rows, int columns) {
        float[] all = new float[rows.length * columns];
        for (int i = 0; i < all.length; i++) {
            all[i] = (float) rows[i / columns][i % columns];
        }
        return all;
    }
}
