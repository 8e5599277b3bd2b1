package dev.aorta.unet.phantom;

import dev.aorta.unet.imaging.RandomStream;

/**
 * The heart of one imagined patient, cut across its long axis at one level and one moment, centred on the left ventricle with the
 * septum on the left.
 *
 * <p>Papillary muscles and trabeculae lie inside the endocardial contour, as the Sunnybrook experts draw it.
 */
final class Heart {
    private static final double LATERAL_PAPILLARY = Math.toRadians(-40);
    private static final double MEDIAL_PAPILLARY = Math.toRadians(65);

    private final RandomStream random;
    private final double level;
    private final boolean systole;
    private final double blood;
    private final double myocardium;
    private final double innerRadius;
    private final double outerRadius;
    private final Curve endocardium;
    private final Curve epicardium;
    private final Curve rightVentricle;

    /**
     * A heart.
     *
     * @param size of the left ventricle's radius, 1 for healthy ones
     */
    Heart(RandomStream random, double size) {
        this.random = random;
        level = random.chance(0.1) ? random.uniform(0.85, 1) : random.uniform(0, 0.85);
        systole = random.chance(0.5);
        blood = Tissue.BLOOD * random.uniform(0.93, 1.07);
        myocardium = Tissue.MYOCARDIUM * random.uniform(0.85, 1.2);
        double taper = level < 0.45 ? 1 : Math.sqrt(1 - square((level - 0.45) / 0.62));
        double relaxed = taper * size * Math.clamp(24.2 + 3 * random.gaussian(), 16, 31);
        double wall = random.uniform(5, 8.5);
        innerRadius = systole ? relaxed * random.uniform(0.62, 0.9) : relaxed;
        // the wall keeps its area while the ventricle contracts, but for what long-axis shortening adds
        double wallArea = (square(relaxed + wall) - square(relaxed)) * (systole ? random.uniform(1, 1.15) : 1);
        outerRadius = Math.sqrt(square(innerRadius) + wallArea);
        double tilt = random.uniform(0, Math.PI);
        double squeeze = random.uniform(0.88, 1);
        double thicker = 0.12 * (outerRadius - innerRadius);
        epicardium = Curve.blob(
                random,
                thicker * random.gaussian(),
                thicker * random.gaussian(),
                outerRadius,
                outerRadius * squeeze,
                tilt,
                0.015);
        endocardium = Curve.blob(random, 0, 0, innerRadius, innerRadius * squeeze, tilt, 0.02);
        rightVentricle = rightVentricle();
    }

    private Curve rightVentricle() {
        double size = outerRadius * (systole ? 0.88 : 1) * random.uniform(0.9, 1.2) * (1.05 - 0.55 * square(level));
        double angle = Math.PI + random.uniform(-0.5, 0.35);
        double distance = outerRadius * random.uniform(0.95, 1.1);
        return Curve.blob(
                random,
                distance * Math.cos(angle),
                distance * Math.sin(angle),
                size * random.uniform(0.6, 0.78),
                size * random.uniform(0.95, 1.15),
                angle,
                0.07);
    }

    /** The border of the left ventricle's cavity, papillary muscles included: what the label holds. */
    Curve endocardium() {
        return endocardium;
    }

    void paint(Canvas canvas) {
        double fat = random.uniform(2, 6);
        canvas.fill(rightVentricle.grown(fat), Tissue.ORGAN_FAT);
        canvas.fill(epicardium.grown(fat * random.uniform(0.2, 0.9)), Tissue.ORGAN_FAT);
        if (level < 0.3) {
            paintGreatVessels(canvas);
        }
        canvas.fill(rightVentricle.grown(random.uniform(1.3, 2.2)), myocardium);
        canvas.fill(rightVentricle, blood * random.uniform(0.88, 1));
        paintTrabeculae(canvas, rightVentricle, 0.8, 4 + random.below(14));
        canvas.fill(epicardium, myocardium);
        paintCavity(canvas);
        paintFlow(canvas);
        paintTrabeculae(canvas, endocardium, 0.95, 8 + random.below(18));
        if (level > 0.15 && level < 0.9) {
            for (int heads = 1 + random.below(3); heads > 0; heads--) {
                paintPapillary(canvas, LATERAL_PAPILLARY);
            }
            for (int heads = 1 + random.below(3); heads > 0; heads--) {
                paintPapillary(canvas, MEDIAL_PAPILLARY);
            }
        }
    }

    /** At the base the aortic root, the pulmonary trunk or an atrium lie beside the ventricle, as bright as its blood. */
    private void paintGreatVessels(Canvas canvas) {
        for (double angle : new double[] {-2.0, -2.7, 2.2}) {
            if (random.chance(0.6)) {
                double radius = outerRadius * random.uniform(0.32, 0.55);
                double distance = outerRadius + radius * random.uniform(0.7, 1.1);
                double a = angle + random.uniform(-0.3, 0.3);
                Curve vessel = Curve.blob(
                        random,
                        distance * Math.cos(a),
                        distance * Math.sin(a),
                        radius,
                        radius * random.uniform(0.75, 1),
                        a,
                        0.04);
                canvas.fill(vessel.grown(3), Tissue.ORGAN_FAT);
                canvas.fill(vessel.grown(1), myocardium);
                canvas.fill(vessel, blood * random.uniform(0.85, 1.08));
            }
        }
    }

    /** Blood, mixed with muscle at the border: the wall leans through the thick slice, most of all near the apex. */
    private void paintCavity(Canvas canvas) {
        double lean = random.uniform(0.3, 1.2) + 1.5 * square(level);
        for (double t : new double[] {0.75, 0.25, -0.25, -0.75}) {
            canvas.fill(endocardium.grown(t * lean), myocardium + (blood - myocardium) * (0.75 - t) / 1.5);
        }
    }

    /** Swirls where moving blood gives a little more or less signal. */
    private void paintFlow(Canvas canvas) {
        for (int i = random.below(5); i > 0; i--) {
            double a = random.uniform(0, 2 * Math.PI);
            double d = innerRadius * random.uniform(0, 0.5);
            double size = innerRadius * random.uniform(0.1, 0.3);
            canvas.fill(
                    Curve.blob(random, d * Math.cos(a), d * Math.sin(a), size, size * random.uniform(0.4, 1), a, 0.1),
                    blood * random.uniform(0.86, 1.08));
        }
    }

    private void paintPapillary(Canvas canvas, double where) {
        double size = innerRadius * random.uniform(0.11, 0.24) * (systole ? 1.15 : 1);
        double distance = innerRadius * random.uniform(0.62, 0.92);
        double angle = where + random.uniform(-0.45, 0.45);
        canvas.fill(
                Curve.blob(
                        random,
                        distance * Math.cos(angle),
                        distance * Math.sin(angle),
                        size * random.uniform(1, 1.6),
                        size,
                        angle,
                        0.12),
                myocardium * random.uniform(1, 1.15));
    }

    /** Muscle strands along {@code wall}, {@code depth} of the way from its centre. */
    private void paintTrabeculae(Canvas canvas, Curve wall, double depth, int count) {
        double cx = mean(wall.x);
        double cy = mean(wall.y);
        for (int i = 0; i < count; i++) {
            int p = random.below(wall.x.length);
            double d = depth * random.uniform(0.9, 1.06);
            double size = random.uniform(0.7, 1.8);
            canvas.fill(
                    Curve.ellipse(
                            cx + d * (wall.x[p] - cx),
                            cy + d * (wall.y[p] - cy),
                            size * 1.4,
                            size,
                            random.uniform(0, Math.PI)),
                    myocardium * random.uniform(1, 1.5));
        }
    }

    private static double mean(double[] values) {
        double sum = 0;
        for (double v : values) {
            sum += v;
        }
        return sum / values.length;
    }

    private static double square(double v) {
        return v * v;
    }
}
