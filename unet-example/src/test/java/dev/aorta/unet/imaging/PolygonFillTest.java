package dev.aorta.unet.imaging;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The expected pictures were drawn by {@code cv2.fillPoly} of OpenCV 5.0.0. */
class PolygonFillTest {
    @Test
    void triangle() {
        assertThat(fill(10, 11, 1, 1, 9, 3, 4, 8)).isEqualTo("""
                        ...........
                        .###.......
                        .#######...
                        ..########.
                        ..#######..
                        ...#####...
                        ...####....
                        ....##.....
                        ....#......
                        ...........
                        """);
    }

    @Test
    void starIsHollowByTheEvenOddRule() {
        assertThat(fill(10, 11, 5, 0, 8, 9, 0, 3, 10, 3, 2, 9)).isEqualTo("""
                        .....#.....
                        .....#.....
                        ....###....
                        ###########
                        .####.####.
                        ...#...##..
                        ...##.##...
                        ...#####...
                        ..###..##..
                        ..#.....#..
                        """);
    }

    @Test
    void sliverKeepsItsBoundary() {
        assertThat(fill(6, 11, 1, 2, 10, 5, 1, 3)).isEqualTo("""
                        ...........
                        ...........
                        .##........
                        .#####.....
                        ....#####..
                        ........###
                        """);
    }

    @Test
    void whatLiesOutsideIsCutOff() {
        assertThat(fill(3, 4, -5, -5, 20, -5, 20, 20, -5, 20)).isEqualTo("####\n####\n####\n");
        assertThat(fill(3, 4, 10, 10, 20, 10, 20, 20)).isEqualTo("....\n....\n....\n");
    }

    private static String fill(int rows, int columns, int... xy) {
        int[] x = new int[xy.length / 2];
        int[] y = new int[xy.length / 2];
        for (int i = 0; i < x.length; i++) {
            x[i] = xy[2 * i];
            y[i] = xy[2 * i + 1];
        }
        byte[] mask = new byte[rows * columns];
        PolygonFill.fill(mask, rows, columns, x, y, (byte) 1);
        StringBuilder picture = new StringBuilder();
        for (int i = 0; i < mask.length; i++) {
            picture.append(mask[i] == 0 ? '.' : '#').append(i % columns == columns - 1 ? "\n" : "");
        }
        return picture.toString();
    }
}
