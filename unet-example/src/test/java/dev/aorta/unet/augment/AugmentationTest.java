package dev.aorta.unet.augment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.aorta.unet.imaging.RandomStream;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class AugmentationTest {
    private static final int SIZE = 64;
    private static final Window WHOLE = Window.whole(SIZE, SIZE);

    private final float[] image = new float[SIZE * SIZE];
    private final float[] label = new float[SIZE * SIZE];
    private final float[] newImage = new float[SIZE * SIZE];
    private final float[] newLabel = new float[SIZE * SIZE];

    AugmentationTest() {
        Random random = new Random(3);
        for (int i = 0; i < image.length; i++) {
            image[i] = random.nextFloat();
            label[i] = random.nextInt(4);
        }
    }

    @Test
    void noneChangesNothing() {
        Augmentation.none().apply(1, 2, 3, SIZE, SIZE, image, label, WHOLE, newImage, newLabel);
        assertThat(newImage).isEqualTo(image);
        assertThat(newLabel).isEqualTo(label);
    }

    @Test
    void aQuarterTurnIsExact() {
        geometry(Math.PI / 2, 1, 0, 0, false, false).apply(SIZE, SIZE, image, label, WHOLE, newImage, newLabel);
        for (int row = 0; row < SIZE; row++) {
            for (int column = 0; column < SIZE; column++) {
                int from = (SIZE - 1 - column) * SIZE + row; // clockwise on the screen
                assertThat(newImage[row * SIZE + column]).isCloseTo(image[from], within(1e-5f));
                assertThat(newLabel[row * SIZE + column]).isEqualTo(label[from]);
            }
        }
    }

    @Test
    void mirrorsAndShiftsAreExact() {
        geometry(0, 1, 5, -3, true, false).apply(SIZE, SIZE, image, label, WHOLE, newImage, newLabel);
        for (int row = 0; row < SIZE; row++) {
            for (int column = 0; column < SIZE; column++) {
                int fromRow = row + 3;
                int fromColumn = SIZE - 1 - (column - 5);
                boolean inside = fromRow < SIZE && fromColumn < SIZE;
                assertThat(newImage[row * SIZE + column]).isEqualTo(inside ? image[fromRow * SIZE + fromColumn] : 0);
                assertThat(newLabel[row * SIZE + column]).isEqualTo(inside ? label[fromRow * SIZE + fromColumn] : 0);
            }
        }
        geometry(0, 1, 0, 0, false, true).apply(SIZE, SIZE, image, label, WHOLE, newImage, newLabel);
        assertThat(Arrays.copyOf(newImage, SIZE)).isEqualTo(Arrays.copyOfRange(image, SIZE * (SIZE - 1), SIZE * SIZE));
    }

    @Test
    void scaleEnlargesAboutTheCentre() {
        disc(10);
        geometry(0, 2, 0, 0, false, false).apply(SIZE, SIZE, image, label, WHOLE, newImage, newLabel);
        assertThat((double) area(newLabel) / area(label)).isCloseTo(4, within(0.1));
    }

    @Test
    void imageAndLabelStayAligned() {
        disc(14);
        Augmentation shapes = new Augmentation(180, 1.3, 0.1, 0.5, 3, 16, 1, 0, 0, 0);
        for (long epoch = 0; epoch < 20; epoch++) {
            shapes.apply(9, epoch, 4, SIZE, SIZE, image, label, WHOLE, newImage, newLabel);
            int different = 0;
            for (int i = 0; i < newImage.length; i++) {
                different += (newImage[i] >= 0.5f) == (newLabel[i] == 1) ? 0 : 1;
            }
            assertThat(area(newLabel)).as("epoch %d", epoch).isGreaterThan(200);
            assertThat(different)
                    .as("epoch %d", epoch)
                    .isLessThan(area(newLabel) / 25); // bilinear and nearest differ at the border
        }
    }

    @Test
    void dependsOnSeedEpochAndIndexAlone() {
        Augmentation all = Augmentation.standard();
        all.apply(1, 2, 3, SIZE, SIZE, image, label, WHOLE, newImage, newLabel);
        float[] first = newImage.clone();
        for (long[] other : new long[][] {{2, 2, 3}, {1, 3, 3}, {1, 2, 4}}) {
            all.apply(other[0], other[1], other[2], SIZE, SIZE, image, label, WHOLE, newImage, newLabel);
            assertThat(newImage).isNotEqualTo(first);
        }
        all.transform(1, SIZE, SIZE).apply(image, label, 2, 3);
        assertThat(image).isEqualTo(first);
    }

    @Test
    void elasticDisplacementHasTheStatedSizeAndIsSmooth() {
        RandomStream random = new RandomStream(6);
        float[] dx = new float[256];
        float[] dy = new float[256];
        double squares = 0;
        int count = 0;
        for (int field = 0; field < 20; field++) {
            Elastic elastic = new Elastic(random, 4, 32, 256, 256);
            for (int row = 0; row < 256; row++) {
                elastic.row(row, dx, dy);
                for (int column = 1; column < 256; column++) {
                    assertThat(Math.abs(dx[column] - dx[column - 1]))
                            .isLessThan(0.9f); // less than 1: nothing folds over
                    squares += dx[column] * dx[column] + dy[column] * dy[column];
                    count += 2;
                }
            }
        }
        // the B-splines average the control points: Σ w² is 0.479 along an axis
        assertThat(Math.sqrt(squares / count)).isCloseTo(4 * 0.479, within(0.3));
    }

    @Test
    void toneIsAPowerCurveWithGain() {
        float[] grey = {0, 0.25f, 1, 4};
        Tone.apply(grey, 2, 1.5, 0, new RandomStream(1));
        assertThat(grey).containsExactly(new float[] {0, 1.5f / 64, 1.5f / 4, 6}, within(1e-4f));
    }

    /** A gain that is smooth, leaves 0 alone and has the stated deviation, which the B-splines average as they do displacements. */
    @Test
    void shadingIsASmoothGain() {
        RandomStream random = new RandomStream(6);
        double squares = 0;
        for (int field = 0; field < 20; field++) {
            float[] grey = new float[256 * 256];
            Arrays.fill(grey, 100);
            grey[300] = 0;
            Tone.shade(grey, 256, new Elastic(random, 0.5, 48, 256, 256));
            assertThat(grey[300]).isZero();
            for (int i = 301; i < grey.length; i++) {
                squares += Math.pow(Math.log(grey[i] / 100), 2);
                if (i % 256 > 0 && i > 301) {
                    assertThat(grey[i] / grey[i - 1]).isCloseTo(1, within(0.06f));
                }
            }
        }
        assertThat(Math.sqrt(squares / 20 / 256 / 256)).isCloseTo(0.5 * 0.479, within(0.06));
    }

    @Test
    void noiseHasTheStatedDeviation() {
        float[] grey = new float[100_000];
        grey[0] = 10;
        Tone.apply(grey, 1, 1, 0.02, new RandomStream(1));
        double squares = 0;
        for (int i = 1; i < grey.length; i++) {
            squares += grey[i] * grey[i];
        }
        assertThat(Math.sqrt(squares / grey.length)).isCloseTo(0.2, within(0.005));
    }

    @Test
    void refusesRangesWithoutMeaning() {
        assertThatThrownBy(() -> new Augmentation(0, 0.5, 0, 0, 0, 32, 1, 0, 0, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("augmentation: scale is 0.5; it must be between 1 and 4");
    }

    /** The pixel of the window's middle stays there when the window is turned, and what is outside of the image is 0. */
    @Test
    void aWindowIsTurnedAboutItsMiddle() {
        float[] grey = new float[SIZE * SIZE];
        grey[20 * SIZE + 63] = 7;
        float[] marks = new float[SIZE * SIZE];
        marks[20 * SIZE + 63] = 1;
        float[] cut = new float[15];
        float[] cutMarks = new float[15];
        geometry(Math.PI, 1, 0, 0, false, false)
                .apply(SIZE, SIZE, grey, marks, new Window(63, 20, 3, 5), cut, cutMarks);
        assertThat(cut[1 * 5 + 2]).isCloseTo(7, within(1e-4f));
        assertThat(cutMarks).containsExactly(0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0);
        grey[19 * SIZE + 62] = 3;
        geometry(0, 1, 0, 0, false, false).apply(SIZE, SIZE, grey, marks, new Window(63, 20, 3, 5), cut, cutMarks);
        assertThat(cut).containsExactly(0, 3, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0);
    }

    private static Geometry geometry(double angle, double scale, double x, double y, boolean mirrorX, boolean mirrorY) {
        return new Geometry(angle, scale, x, y, mirrorX, mirrorY, new Elastic(new RandomStream(1), 0, 8, SIZE, SIZE));
    }

    private void disc(double radius) {
        for (int i = 0; i < image.length; i++) {
            int row = i / SIZE;
            boolean inside = Math.hypot(i % SIZE - 31.5, row - 31.5) < radius;
            image[i] = inside ? 1 : 0;
            label[i] = inside ? 1 : 0;
        }
    }

    private static int area(float[] mask) {
        int area = 0;
        for (float v : mask) {
            area += (int) v;
        }
        return area;
    }
}
