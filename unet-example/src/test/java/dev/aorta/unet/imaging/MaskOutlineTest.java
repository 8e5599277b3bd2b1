package dev.aorta.unet.imaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MaskOutlineTest {
    private static double area(Contour contour) {
        List<Contour.Point> p = contour.points();
        double sum = 0;
        for (int i = 0; i < p.size(); i++) {
            Contour.Point a = p.get(i);
            Contour.Point b = p.get((i + 1) % p.size());
            sum += (a.x() * b.y() - b.x() * a.y()) / 2;
        }
        return sum;
    }

    @Test
    void aPixelHasFourCornersAndAHoleRunsTheOtherWay() {
        assertThat(MaskOutline.of(1, 1, new byte[] {2}, 2))
                .containsExactly(new Contour(List.of(
                        new Contour.Point(-0.5, -0.5),
                        new Contour.Point(0.5, -0.5),
                        new Contour.Point(0.5, 0.5),
                        new Contour.Point(-0.5, 0.5))));
        List<Contour> ring = MaskOutline.of(3, 3, new byte[] {1, 1, 1, 1, 0, 1, 1, 1, 1}, 1);
        assertThat(ring.stream().map(MaskOutlineTest::area)).containsExactlyInAnyOrder(9.0, -1.0);
        assertThat(ring).allSatisfy(c -> assertThat(c.points()).hasSize(4));
        assertThat(MaskOutline.of(2, 2, new byte[] {1, 0, 0, 1}, 1))
                .as("corners that meet")
                .hasSize(2);
        assertThat(MaskOutline.of(2, 2, new byte[4], 1)).isEmpty();
    }

    @Test
    void areasAddUpToThePixels() {
        for (long seed = 0; seed < 50; seed++) {
            Random random = new Random(seed);
            byte[] mask = new byte[9 * 13];
            int count = 0;
            for (int i = 0; i < mask.length; i++) {
                mask[i] = (byte) random.nextInt(3);
                count += mask[i] == 1 ? 1 : 0;
            }
            List<Contour> outlines = MaskOutline.of(9, 13, mask, 1);
            assertThat(outlines.stream().mapToDouble(MaskOutlineTest::area).sum())
                    .as("seed " + seed)
                    .isEqualTo(count);
            for (Contour c : outlines) {
                for (int i = 0; i < c.points().size(); i++) {
                    Contour.Point a = c.points().get(i);
                    Contour.Point b = c.points().get((i + 1) % c.points().size());
                    Contour.Point d = c.points().get((i + 2) % c.points().size());
                    assertThat((a.x() == b.x()) != (b.x() == d.x()))
                            .as("each is a corner, seed " + seed)
                            .isTrue();
                }
            }
        }
    }
}
