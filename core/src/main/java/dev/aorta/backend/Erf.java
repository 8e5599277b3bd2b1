package dev.aorta.backend;

/** The error function and the normal distribution in double precision. */
final class Erf {
    static final double TWO_OVER_ROOT_PI = 2 / Math.sqrt(Math.PI);
    static final double ROOT_TWO_OVER_PI = Math.sqrt(2 / Math.PI);

    private Erf() {}

    /**
     * The error function, to about 1e-15: its series where |x| is below 2.5, and the continued fraction of the complement beyond.
     *
     * @see <a href="https://dlmf.nist.gov/7.6">DLMF 7.6.2</a> and <a href="https://dlmf.nist.gov/7.9">7.9.1</a>
     */
    static double erf(double x) {
        double size = Math.abs(x);
        if (Double.isNaN(x)) {
            return x;
        }
        if (size > 6) {
            return Math.signum(x);
        }
        if (size < 2.5) {
            double term = x;
            double sum = x;
            for (int n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
                term *= 2 * x * x / (2 * n + 1);
                sum += term;
            }
            return TWO_OVER_ROOT_PI * Math.exp(-x * x) * sum;
        }
        double fraction = size;
        for (int k = 60; k > 0; k--) {
            fraction = size + k / 2.0 / fraction;
        }
        return Math.signum(x) * (1 - Math.exp(-x * x) / (Math.sqrt(Math.PI) * fraction));
    }

    /** The normal distribution {@code (1 + erf(x / sqrt 2)) / 2}. */
    static double phi(double x) {
        return 0.5 * (1 + erf(x / Math.sqrt(2)));
    }

    /** Its density {@code exp(-x^2 / 2) / sqrt(2 pi)}. */
    static double density(double x) {
        return Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
    }
}
