package dev.aorta.unet.clinical;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.aorta.io.Json;
import dev.aorta.unet.clinical.PatientScores.Found;
import dev.aorta.unet.clinical.PatientScores.Level;
import dev.aorta.unet.clinical.PatientScores.Scored;
import dev.aorta.unet.imaging.Contour;
import dev.aorta.unet.imaging.Contour.Point;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Worked by hand, or against numpy where a library's convention is meant. */
class ContourScoreTest {
    private static final int SIDE = 64;

    private static byte[] disk(double x, double y, double radius) {
        byte[] mask = new byte[SIDE * SIDE];
        for (int i = 0; i < mask.length; i++) {
            int row = i / SIDE;
            mask[i] = (byte) (Math.hypot(i % SIDE - x, row - y) < radius ? 1 : 0);
        }
        return mask;
    }

    private static Contour circle(double x, double y, double radius) {
        List<Point> points = new ArrayList<>();
        for (int i = 0; i < 90; i++) {
            double a = 2 * Math.PI * i / 90;
            points.add(new Point(x + radius * Math.cos(a), y + radius * Math.sin(a)));
        }
        return new Contour(points);
    }

    private static ContourScore score(byte[] mask, Contour expert, double spacing) {
        return ContourScore.of(
                ContourScore.dice(mask, expert.inside(SIDE, SIDE)),
                Outline.of(mask, SIDE, SIDE, spacing, spacing),
                Outline.of(expert, spacing, spacing, 0.5));
    }

    @Test
    void theOutlineOfAPixelIsItsFourEdges() {
        byte[] mask = new byte[9];
        mask[4] = 1;
        assertThat(Outline.of(mask, 3, 3, 2, 1))
                .containsExactly(new Point(1, 1), new Point(1.5, 2), new Point(1, 3), new Point(0.5, 2));
        byte[] corner = {1, 1, 0, 1, 0, 0, 0, 0, 0}; // an L turns left once
        assertThat(Outline.of(corner, 3, 3, 1, 1)).hasSize(8).contains(new Point(1, 0.5), new Point(0.5, 1));
        assertThat(Outline.of(new byte[9], 3, 3, 1, 1)).isEmpty();
    }

    @Test
    void concentricCirclesAreAsFarApartAsTheirRadii() {
        ContourScore s = score(disk(32, 32, 15), circle(32, 32, 18), 1.5);
        assertThat(s.perpendicular()).isCloseTo(4.5, within(0.3));
        assertThat(s.surface()).isCloseTo(4.5, within(0.3));
        assertThat(s.hausdorff()).isBetween(4.5, 5.6);
        assertThat(s.hausdorff95()).isBetween(4.4, 5.4);
        assertThat(s.surfaceDice()).isZero();
        assertThat(s.dice()).isCloseTo(2 * 15.0 * 15 / (15 * 15 + 18 * 18), within(0.01));
        assertThat(score(disk(32, 32, 18), circle(32, 32, 18), 1.5).surfaceDice())
                .isEqualTo(1);
    }

    /** A circle moved by d along x: the perpendicular distance is |d cos φ| on average, 2d/π; the largest is d. */
    @Test
    void movedCircles() {
        ContourScore s = score(disk(35, 32, 20), circle(32, 32, 20), 1);
        assertThat(s.perpendicular()).isCloseTo(2 * 3 / Math.PI, within(0.15));
        assertThat(s.hausdorff()).isCloseTo(3, within(0.6));
        assertThat(s.surfaceDice()).isCloseTo(Math.asin(2 / 3.0) / (Math.PI / 2), within(0.06));
    }

    @Test
    void squaresByHand() {
        List<Point> inner = List.of(new Point(0, 0), new Point(2, 0), new Point(2, 2), new Point(0, 2));
        List<Point> outer = List.of(new Point(-1, -1), new Point(4, -1), new Point(4, 3), new Point(-1, 3));
        ContourScore s = ContourScore.of(0.5, inner, outer);
        // corners of the inner one are 1 from the outer; those of the outer one √2 on the left and √5 on the right
        assertThat(s.hausdorff()).isCloseTo(Math.sqrt(5), within(1e-12));
        assertThat(s.surface()).isCloseTo((4 + 2 * Math.sqrt(2) + 2 * Math.sqrt(5)) / 8, within(1e-12));
        assertThat(s.surfaceDice()).isEqualTo(6 / 8.0);
        assertThat(s.hausdorff95()).isCloseTo(Math.sqrt(5), within(1e-12)); // numpy.percentile([√2, √2, √5, √5], 95)
        assertThat(Outline.distance(new Point(1, 5), inner)).isEqualTo(3);
    }

    @Test
    void agreementOfNumbers() {
        Agreement a = Agreement.of(new double[] {10, 22, 33}, new double[] {12, 20, 30});
        assertThat(a.bias()).isCloseTo(1, within(1e-12)); // differences -2, 2, 3
        assertThat(a.deviation()).isCloseTo(Math.sqrt((9 + 1 + 4) / 2.0), within(1e-12));
        assertThat(a.error()).isCloseTo(7 / 3.0, within(1e-12));
        assertThat(a.correlation()).isCloseTo(0.9960279540, within(1e-9)); // numpy.corrcoef
        assertThat(Agreement.of(new double[] {1}, new double[] {2}).deviation()).isNaN();
    }

    @Test
    void intervalsAreThoseOfPatients() {
        double[] same = Bootstrap.interval(List.of(3.0, 3.0, 3.0), 1, ContourScoreTest::mean);
        assertThat(same).containsExactly(3, 3);
        // of two patients a quarter of the draws has the one alone, and a quarter the other
        assertThat(Bootstrap.interval(List.of(0.0, 1.0), 1, ContourScoreTest::mean))
                .containsExactly(0, 1);
        double[] ten = Bootstrap.interval(
                List.of(0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0), 1, ContourScoreTest::mean);
        double deviation = Math.sqrt(8.25 / 10); // of a mean of ten draws
        assertThat(ten[0]).isCloseTo(4.5 - 1.96 * deviation, within(0.2));
        assertThat(ten[1]).isCloseTo(4.5 + 1.96 * deviation, within(0.2));
        assertThat(Bootstrap.interval(List.of(1.0), 1, ContourScoreTest::mean)).containsOnly(Double.NaN);
    }

    private static double mean(List<Double> values) {
        return values.stream().mapToDouble(d -> d).average().orElse(Double.NaN);
    }

    /** One contour found well, one badly, one missed, one where there is none. */
    @Test
    void whatIsMissedOrSpuriousIsCounted() throws Exception {
        ContourScore good = new ContourScore(0.9, 2, 3, 3, 1, 0.8);
        ContourScore bad = new ContourScore(0.5, 4.5, 9, 8, 4, 0.2);
        List<Scored> contours = List.of(
                new Scored(Level.BASE, Found.SPURIOUS, ContourScore.NONE),
                new Scored(Level.BASE, Found.BOTH, good),
                new Scored(Level.MID, Found.BOTH, bad),
                new Scored(Level.APEX, Found.MISSED, ContourScore.NONE));
        PatientScores patient = new PatientScores("P-1", contours, new Volumes(100, 50), new Volumes(100, 40));
        PatientScores nothing = new PatientScores("P-2", List.of(), new Volumes(0, 0), new Volumes(80, 40));
        Json m = new ClinicalEvaluation(List.of(patient, nothing), 1).json();
        assertThat(m.get("contours").asInt()).isEqualTo(3);
        assertThat(m.get("missed").asInt()).isEqualTo(1);
        assertThat(m.get("spurious").asInt()).isEqualTo(1);
        assertThat(value(m, "dice")).isEqualTo(0.35); // (0.9 + 0.5 + 0 + 0) / 4
        assertThat(value(m, "dice_of_good")).isEqualTo(0.7);
        assertThat(value(m, "good_4mm_percent")).isCloseTo(33.33, within(0.01));
        assertThat(value(m, "good_5mm_percent")).isCloseTo(66.67, within(0.01));
        assertThat(value(m, "apd_mm")).isEqualTo(3.25);
        assertThat(m.get("levels").get("apex").get("missed").asInt()).isEqualTo(1);
        assertThat(m.get("levels").get("base").get("dice").asDouble()).isEqualTo(0.45);
        Json fraction = m.get("volumes").get("ef_percent");
        assertThat(fraction.get("undefined").asInt()).isEqualTo(1);
        assertThat(fraction.get("bias").asDouble()).isEqualTo(-10);
        assertThat(fraction.get("correlation").compact()).isEqualTo("null");
        assertThat(m.get("by_patient").asList()).hasSize(2);
    }

    private static double value(Json m, String name) throws Exception {
        return m.get(name).get("value").asDouble();
    }
}
