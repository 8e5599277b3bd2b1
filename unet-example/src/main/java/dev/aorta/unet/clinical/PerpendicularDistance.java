package dev.aorta.unet.clinical;

import dev.aorta.unet.imaging.Contour.Point;
import java.util.List;
import org.apache.commons.math3.analysis.interpolation.SplineInterpolator;
import org.apache.commons.math3.analysis.polynomials.PolynomialSplineFunction;

/**
 * The average perpendicular distance of the 2009 challenge: from each point of a contour along its normal to the expert's, on average.
 * The normal is that of a cubic spline through every fourth point, which runs smoothly where the edges of pixels make steps.
 *
 * @see <a href="http://hdl.handle.net/10380/3070">Radau et al. 2009</a>
 */
final class PerpendicularDistance {
    private static final int KNOT = 4;
    /** Knots before the first and after the last, so that the closed curve has no end. */
    private static final int AROUND = 3;

    private PerpendicularDistance() {}

    /** The mean distance, in the units of the points. */
    static double mean(List<Point> contour, List<Point> expert) {
        int knots = Math.max(4, contour.size() / KNOT);
        int all = knots + 2 * AROUND;
        double[] t = new double[all];
        double[] x = new double[all];
        double[] y = new double[all];
        for (int i = 0; i < all; i++) {
            double at = (double) (i - AROUND) * contour.size() / knots;
            Point p = contour.get(Math.floorMod((int) Math.floor(at), contour.size()));
            t[i] = Math.floor(at);
            x[i] = p.x();
            y[i] = p.y();
        }
        PolynomialSplineFunction right = new SplineInterpolator().interpolate(t, x);
        PolynomialSplineFunction down = new SplineInterpolator().interpolate(t, y);
        double sum = 0;
        for (int i = 0; i < contour.size(); i++) {
            double dx = right.polynomialSplineDerivative().value(i);
            double dy = down.polynomialSplineDerivative().value(i);
            sum += alongNormal(new Point(right.value(i), down.value(i)), -dy, dx, expert);
        }
        return sum / contour.size();
    }

    /** From a point in direction (nx, ny) or against it to the nearest crossing of a curve; where there is none, to its nearest place. */
    private static double alongNormal(Point p, double nx, double ny, List<Point> curve) {
        double length = Math.hypot(nx, ny);
        double least = Double.POSITIVE_INFINITY;
        Point a = curve.getLast();
        for (Point b : curve) {
            double ex = b.x() - a.x();
            double ey = b.y() - a.y();
            double cross = nx * ey - ny * ex;
            if (cross != 0) {
                double along = ((a.x() - p.x()) * ey - (a.y() - p.y()) * ex) / cross;
                double across = ((a.x() - p.x()) * ny - (a.y() - p.y()) * nx) / cross;
                least = across >= 0 && across <= 1 ? Math.min(least, Math.abs(along) * length) : least;
            }
            a = b;
        }
        return Double.isFinite(least) ? least : Outline.distance(p, curve);
    }
}
