package dev.aorta.unet.phantom;

import dev.aorta.unet.imaging.RandomStream;

/**
 * What surrounds the heart on a short-axis slice: chest wall, lung, liver, spleen, stomach, bowel, spine, in pixels of 1.4 mm from
 * the centre of the left ventricle, the patient's front at the upper left.
 */
final class Torso {
    private final RandomStream random;
    private final Curve skin;
    private final Curve ribcage;

    Torso(RandomStream random) {
        this.random = random;
        skin = Curve.through(
                random, 4, -190, 70, -108, -22, -40, -64, 24, -97, 78, -122, 116, -112, 124, -66, 114, -8, 102, 44, 90,
                96, 76, 146, 40, 210, -190, 210);
        ribcage = Curve.through(
                random, 2, -170, 84, -92, 4, -34, -42, 20, -74, 66, -94, 88, -86, 96, -52, 90, -6, 82, 40, 72, 88, 58,
                130, 30, 190, -170, 190);
    }

    void paint(Canvas canvas) {
        canvas.fill(skin, Tissue.FAT);
        double muscle = random.uniform(5, 12);
        paintMuscle(canvas, muscle);
        paintRibs(canvas, muscle);
        canvas.fill(ribcage, Tissue.LUNG);
        canvas.clipTo(ribcage);
        paintLungVessels(canvas);
        paintMediastinum(canvas);
        double floor = random.uniform(-4, 12);
        canvas.fill(
                Curve.through(
                        random,
                        3,
                        -230,
                        floor + 8,
                        -90,
                        floor + 14,
                        -45,
                        floor + 24,
                        0,
                        floor + 36,
                        40,
                        floor + 34,
                        80,
                        floor + 30,
                        120,
                        floor + 50,
                        120,
                        230,
                        -230,
                        230),
                Tissue.ORGAN_FAT);
        scatter(canvas, 60, -120, floor + 46, 110, floor + 170, 6, 1.3 * Tissue.ORGAN_FAT, 0.6 * Tissue.ORGAN_FAT);
        scatter(canvas, 20 + random.below(40), -120, floor + 50, 110, floor + 170, 1, 0.1, 0.7);
        scatter(canvas, 8 + random.below(16), -60, floor + 50, 90, floor + 150, 4, 0.25, 0.6);
        paintLiver(canvas, floor);
        paintSpine(canvas);
        paintBowel(canvas, floor);
        paintSpleenAndKidney(canvas, floor);
        paintStomach(canvas, floor);
        canvas.unclip();
    }

    /** Small vessels, folds and strands of signal {@code low} … {@code high} in a rectangle. */
    private void scatter(
            Canvas canvas,
            int count,
            double left,
            double top,
            double right,
            double bottom,
            double width,
            double low,
            double high) {
        for (int i = 0; i < count; i++) {
            double w = width * random.uniform(0.4, 1);
            double length = w * random.uniform(1, 4);
            double x = random.uniform(left, right);
            double y = random.uniform(top, bottom);
            canvas.fill(
                    Curve.blob(random, x, y, length, w, random.uniform(0, Math.PI), 0.15), random.uniform(low, high));
        }
    }

    private void paintMuscle(Canvas canvas, double thickness) {
        canvas.fill(ribcage.grown(thickness), Tissue.MUSCLE);
        for (int layer = 1; layer < 4; layer++) {
            Curve bundles = ribcage.grown(thickness * layer / 4);
            for (int i = 0; i < 12; i++) {
                int p = random.below(bundles.x.length);
                canvas.fill(
                        Curve.ellipse(
                                bundles.x[p],
                                bundles.y[p],
                                random.uniform(3, 12),
                                random.uniform(0.6, 1.5),
                                along(bundles, p)),
                        random.uniform(0.1, 0.42));
            }
        }
    }

    private void paintRibs(Canvas canvas, double muscle) {
        int n = ribcage.x.length;
        Curve middle = ribcage.grown(muscle / 2);
        for (int i = random.below(6); i < n; i += 5 + random.below(5)) {
            double length = random.uniform(2.5, 6);
            double width = Math.min(muscle / 2, random.uniform(1.5, 3));
            Curve rib = Curve.ellipse(middle.x[i], middle.y[i], length, width, along(middle, i));
            canvas.fill(rib, Tissue.CORTICAL_BONE);
            canvas.fill(rib.grown(-0.8), Tissue.MARROW);
        }
        for (int i = 3 + random.below(4); i > 0; i--) { // layers of fat between the muscles
            int p = random.below(n);
            canvas.fill(
                    Curve.ellipse(
                            middle.x[p],
                            middle.y[p],
                            random.uniform(6, 16),
                            random.uniform(0.5, 1.2),
                            along(middle, p)),
                    Tissue.ORGAN_FAT);
        }
    }

    /** The direction of {@code curve} at point {@code i}. */
    private static double along(Curve curve, int i) {
        int next = (i + 1) % curve.x.length;
        return Math.atan2(curve.y[next] - curve.y[i], curve.x[next] - curve.x[i]);
    }

    private void paintLungVessels(Canvas canvas) {
        for (int i = 40 + random.below(40); i > 0; i--) {
            double a = random.uniform(-2.2, 0.9);
            double d = random.uniform(30, 100);
            double size = random.uniform(0.4, 1.3) * (d < 55 ? 1.3 : 1);
            double length = random.chance(0.3) ? random.uniform(2, 6) : random.uniform(1, 1.6);
            canvas.fill(
                    Curve.ellipse(d * Math.cos(a), d * Math.sin(a), size * length, size, random.uniform(0, Math.PI)),
                    random.uniform(0.2, 1));
        }
    }

    /** Fat between the heart and the breastbone, with vessels in it. */
    private void paintMediastinum(Canvas canvas) {
        double reach = random.uniform(-22, -4);
        canvas.fill(
                Curve.through(
                        random,
                        4,
                        -120,
                        14,
                        -84,
                        -14,
                        -50,
                        -34,
                        -24 + reach,
                        -36,
                        reach,
                        -30,
                        -10,
                        0,
                        -20,
                        28,
                        -60,
                        30,
                        -120,
                        40),
                Tissue.ORGAN_FAT * random.uniform(0.8, 1.3));
        scatter(canvas, 20, -105, -38, -10, 40, 5, 1.4 * Tissue.ORGAN_FAT, 0.5 * Tissue.ORGAN_FAT);
        scatter(canvas, 5 + random.below(20), -105, -38, -10, 40, 1, 0.1, 0.7);
        scatter(canvas, random.below(5), -105, -30, -20, 30, 2.5, 0.3, 1);
    }

    private void paintLiver(Canvas canvas, double floor) {
        double right = random.uniform(-35, 10);
        canvas.fill(
                Curve.through(
                        random,
                        4,
                        -240,
                        floor + 20,
                        -110,
                        floor + 17,
                        -60,
                        floor + 24,
                        right,
                        floor + 42,
                        right - 4,
                        floor + 66,
                        right - 45,
                        floor + 88,
                        -110,
                        floor + random.uniform(95, 130),
                        -240,
                        floor + 140),
                Tissue.LIVER * random.uniform(0.85, 1.2));
        for (int i = 4 + random.below(9); i > 0; i--) {
            double size = random.uniform(0.6, 2.2);
            canvas.fill(
                    Curve.blob(
                            random,
                            random.uniform(-130, right - 18),
                            floor + random.uniform(32, 78),
                            size * random.uniform(1, 5),
                            size,
                            random.uniform(-0.8, 0.8),
                            0.1),
                    random.uniform(0.6, 1));
        }
    }

    private void paintSpine(Canvas canvas) {
        double x = random.uniform(-20, 30);
        double y = random.uniform(100, 125);
        canvas.fill(Curve.blob(random, x, y, 22, 18, 0, 0.04), Tissue.CORTICAL_BONE);
        canvas.fill(Curve.blob(random, x, y, 20, 16, 0, 0.04), Tissue.MARROW);
        canvas.fill(Curve.ellipse(x + 2, y + 26, 7, 5, 0), Tissue.CEREBROSPINAL_FLUID);
        canvas.fill(Curve.ellipse(x + 2, y + 26, 3.5, 2.5, 0), Tissue.MUSCLE);
        round(canvas, x + random.uniform(10, 24), y - random.uniform(16, 24), random.uniform(7, 10), Tissue.BLOOD, 1);
    }

    /** Loops with a wall and all sorts of contents, some as bright, as round and as large as the ventricle. */
    private void paintBowel(Canvas canvas, double floor) {
        for (int i = 5 + random.below(9); i > 0; i--) {
            double content = switch (random.below(4)) {
                case 0 -> Tissue.AIR;
                case 1 -> Tissue.BLOOD * random.uniform(0.75, 1.15);
                default -> random.uniform(0.25, 0.6);
            };
            round(
                    canvas,
                    random.uniform(-70, 75),
                    floor + random.uniform(62, 150),
                    random.uniform(4, 13),
                    content,
                    random.uniform(1, 2.5));
        }
        if (random.chance(0.35)) {
            round(
                    canvas,
                    random.uniform(-30, 70),
                    floor + random.uniform(70, 105),
                    random.uniform(10, 18),
                    Tissue.BLOOD,
                    random.uniform(2, 6));
        }
    }

    private void paintSpleenAndKidney(Canvas canvas, double floor) {
        double x = random.uniform(58, 82);
        double spleen = Tissue.SPLEEN * random.uniform(0.8, 1.2);
        canvas.fill(
                Curve.blob(
                        random,
                        x,
                        floor + random.uniform(52, 66),
                        15,
                        random.uniform(24, 34),
                        random.uniform(-0.5, 0.3),
                        0.08),
                spleen);
        if (random.chance(0.6)) {
            double y = floor + random.uniform(98, 120);
            double angle = random.uniform(-0.6, 0.6);
            Curve kidney = Curve.blob(random, x - 10, y, 14, random.uniform(18, 25), angle, 0.05);
            canvas.fill(kidney.grown(2), Tissue.ORGAN_FAT);
            canvas.fill(kidney, Tissue.KIDNEY * random.uniform(0.85, 1.2));
            canvas.fill(
                    Curve.blob(random, x - 12, y, 5, 10, angle, 0.15), random.chance(0.5) ? Tissue.ORGAN_FAT : 0.45);
        }
    }

    private void paintStomach(Canvas canvas, double floor) {
        if (random.chance(0.7)) {
            double x = random.uniform(12, 44);
            double y = floor + random.uniform(56, 72);
            Curve wall = Curve.blob(
                    random, x, y, random.uniform(14, 30), random.uniform(11, 19), random.uniform(-0.5, 0.4), 0.07);
            canvas.fill(wall, Tissue.BOWEL_WALL);
            double content = random.chance(0.35) ? Tissue.AIR : random.uniform(0.3, 1.1);
            canvas.fill(wall.grown(-random.uniform(1.5, 3.5)), content);
            for (int i = content > 0 ? random.below(8) : 0; i > 0; i--) {
                double size = random.uniform(1, 3.5);
                canvas.fill(
                        Curve.blob(
                                random,
                                x + random.uniform(-12, 12),
                                y + random.uniform(-7, 7),
                                size * 1.5,
                                size,
                                0,
                                0.1),
                        random.uniform(0.1, 1));
            }
        }
    }

    /** A round organ with a muscular wall. */
    private void round(Canvas canvas, double x, double y, double radius, double content, double wall) {
        Curve outer = Curve.blob(
                random, x, y, radius + wall, (radius + wall) * random.uniform(0.6, 1), random.uniform(0, 3), 0.08);
        canvas.fill(outer, Tissue.BOWEL_WALL);
        canvas.fill(outer.grown(-wall), content);
    }
}
