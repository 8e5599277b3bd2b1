package dev.aorta.backend.reference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aorta.backend.AdamStep;
import dev.aorta.backend.Buffer;
import java.util.SplittableRandom;
import java.util.function.DoubleSupplier;

/** Float64 buffers of one reference backend for tests, seeded values, and the check of a gradient. */
final class Doubles {
    final ReferenceBackend backend = new ReferenceBackend();
    final long seed;
    private final SplittableRandom random;

    Doubles(long seed) {
        this.seed = seed;
        random = new SplittableRandom(seed);
    }

    /** Memory that is not yet written. */
    Buffer empty(int size) {
        return backend.allocate(size);
    }

    Buffer of(double... values) {
        Buffer buffer = backend.allocate(values.length);
        System.arraycopy(values, 0, ReferenceBackend.values(buffer), 0, values.length);
        return buffer;
    }

    /** The numbers 1, 2, ... size. */
    Buffer counting(int size) {
        Buffer buffer = backend.allocate(size);
        for (int i = 0; i < size; i++) {
            ReferenceBackend.values(buffer)[i] = i + 1;
        }
        return buffer;
    }

    Buffer normal(int size) {
        Buffer buffer = backend.allocate(size);
        for (int i = 0; i < size; i++) {
            ReferenceBackend.values(buffer)[i] = random.nextGaussian();
        }
        return buffer;
    }

    /** Whole numbers from 0 to below {@code bound}. */
    Buffer whole(int size, int bound) {
        Buffer buffer = backend.allocate(size);
        for (int i = 0; i < size; i++) {
            ReferenceBackend.values(buffer)[i] = random.nextInt(bound);
        }
        return buffer;
    }

    int between(int from, int to) {
        return random.nextInt(from, to + 1);
    }

    static double dot(Buffer a, Buffer b) {
        double[] p = ReferenceBackend.values(a);
        double[] q = ReferenceBackend.values(b);
        assertThat(p).hasSameSizeAs(q);
        double sum = 0;
        for (int i = 0; i < p.length; i++) {
            sum += p[i] * q[i];
        }
        return sum;
    }

    /** Requires {@code |a - b| <= 1e-7 + 1e-6 * |b|} for the gradient a and the central difference b of {@code f}. */
    void assertGradient(String of, Buffer variable, DoubleSupplier f, Buffer gradient) {
        double step = 1e-5;
        double[] x = ReferenceBackend.values(variable);
        double[] g = ReferenceBackend.values(gradient);
        assertThat(g).hasSameSizeAs(x);
        for (int i = 0; i < x.length; i++) {
            double kept = x[i];
            x[i] = kept + step;
            double above = f.getAsDouble();
            x[i] = kept - step;
            double below = f.getAsDouble();
            x[i] = kept;
            double difference = (above - below) / (2 * step);
            assertThat(Math.abs(g[i] - difference))
                    .as("%s[%d]: gradient %s, central difference %s, seed %d", of, i, g[i], difference, seed)
                    .isLessThanOrEqualTo(1e-7 + 1e-6 * Math.abs(difference));
        }
    }

    /** A step of Adam of one parameter. */
    void adam(Buffer w, Buffer m, Buffer v, Buffer grad, AdamStep step) {
        backend.adam(new Buffer[] {w}, new Buffer[] {m}, new Buffer[] {v}, new Buffer[] {grad}, step);
    }
}
