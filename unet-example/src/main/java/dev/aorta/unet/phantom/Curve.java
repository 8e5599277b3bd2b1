package dev.aorta.unet.phantom;

import dev.aorta.unet.imaging.RandomStream;

/** A smooth closed curve as a polygon of many points; x to the right and y down, in pixels. */
final class Curve {
    private static final int BLOB_POINTS = 72;
    private static final int STEPS = 10;

    final double[] x;
    final double[] y;

    private Curve(double[] x, double[] y) {
        this.x = x;
        this.y = y;
    }

    /** An ellipse with half axes {@code a}, {@code b}, the first turned by {@code angle} (radians, clockwise on the screen). */
    static Curve ellipse(double cx, double cy, double a, double b, double angle) {
        return ellipse(cx, cy, a, b, angle, new double[0], new double[0]);
    }

    /** An ellipse whose radius varies by about {@code roughness} in waves of 2 to 5 a turn. */
    static Curve blob(RandomStream random, double cx, double cy, double a, double b, double angle, double roughness) {
        double[] amplitude = new double[4];
        double[] phase = new double[4];
        for (int k = 0; k < 4; k++) {
            amplitude[k] = roughness * random.gaussian() / (k + 1);
            phase[k] = random.uniform(0, 2 * Math.PI);
        }
        return ellipse(cx, cy, a, b, angle, amplitude, phase);
    }

    private static Curve ellipse(
            double cx, double cy, double a, double b, double angle, double[] amplitude, double[] phase) {
        double[] x = new double[BLOB_POINTS];
        double[] y = new double[BLOB_POINTS];
        double cos = Math.cos(angle);
        double sin = Math.sin(angle);
        for (int i = 0; i < BLOB_POINTS; i++) {
            double t = 2 * Math.PI * i / BLOB_POINTS;
            double radius = 1;
            for (int k = 0; k < amplitude.length; k++) {
                radius += amplitude[k] * Math.cos((k + 2) * t + phase[k]);
            }
            double u = a * radius * Math.cos(t);
            double v = b * radius * Math.sin(t);
            x[i] = cx + u * cos - v * sin;
            y[i] = cy + u * sin + v * cos;
        }
        return new Curve(x, y);
    }

    /** A closed Catmull–Rom spline through {@code xy} = x₀, y₀, x₁, y₁, …, every point moved by about {@code jitter}. */
    static Curve through(RandomStream random, double jitter, double... xy) {
        int n = xy.length / 2;
        double[] px = new double[n];
        double[] py = new double[n];
        for (int i = 0; i < n; i++) {
            px[i] = xy[2 * i] + jitter * random.gaussian();
            py[i] = xy[2 * i + 1] + jitter * random.gaussian();
        }
        double[] x = new double[n * STEPS];
        double[] y = new double[n * STEPS];
        for (int i = 0; i < n; i++) {
            for (int s = 0; s < STEPS; s++) {
                double t = (double) s / STEPS;
                x[i * STEPS + s] = spline(px, i, t);
                y[i * STEPS + s] = spline(py, i, t);
            }
        }
        return new Curve(x, y);
    }

    private static double spline(double[] p, int i, double t) {
        int n = p.length;
        double p0 = p[(i + n - 1) % n];
        double p1 = p[i];
        double p2 = p[(i + 1) % n];
        double p3 = p[(i + 2) % n];
        return p1 + 0.5 * t * (p2 - p0 + t * (2 * p0 - 5 * p1 + 4 * p2 - p3 + t * (3 * (p1 - p2) + p3 - p0)));
    }

    /** This curve moved outwards along its normals by {@code distance}, or inwards when that is negative. */
    Curve grown(double distance) {
        int n = x.length;
        double turn = Math.signum(area());
        double[] gx = new double[n];
        double[] gy = new double[n];
        for (int i = 0; i < n; i++) {
            double dx = x[(i + 1) % n] - x[(i + n - 1) % n];
            double dy = y[(i + 1) % n] - y[(i + n - 1) % n];
            double scale = turn * distance / Math.max(1e-9, Math.hypot(dx, dy));
            gx[i] = x[i] + scale * dy;
            gy[i] = y[i] - scale * dx;
        }
        return new Curve(gx, gy);
    }

    /** This curve bent by {@code warp}, turned by {@code angle} about the origin, enlarged, then moved by ({@code dx}, {@code dy}). */
    Curve placed(Warp warp, double angle, double scale, double dx, double dy) {
        double cos = scale * Math.cos(angle);
        double sin = scale * Math.sin(angle);
        double[] px = new double[x.length];
        double[] py = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            px[i] = x[i];
            py[i] = y[i];
            warp.move(px, py, i);
            double u = px[i];
            px[i] = dx + cos * u - sin * py[i];
            py[i] = dy + sin * u + cos * py[i];
        }
        return new Curve(px, py);
    }

    /** Signed area: positive when the points run clockwise on the screen. */
    double area() {
        double twice = 0;
        for (int i = 0, j = x.length - 1; i < x.length; j = i++) {
            twice += x[j] * y[i] - x[i] * y[j];
        }
        return twice / 2;
    }
}
