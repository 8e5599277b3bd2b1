package dev.aorta.backend;

import static org.assertj.core.api.Assertions.fail;

import dev.aorta.backend.reference.ReferenceBackend;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One call of a kernel, made on the reference and on the backend under test with the same arguments.
 *
 * <p>A result b passes for the reference's a when {@code |a - b| <= 1e-6 + (factor * 8 * eps32 * sqrt(K) + e) * S}: K is the
 * length of the longest sum, S the same call on absolute inputs, e what each summand may be off, 0 in float32. Where elements
 * share their rounding, S is the largest of the destination; where absolute inputs mean nothing, it is stated. Destinations start
 * as NaN, so that an element that is not written shows; sources must stay as they are.
 */
final class KernelCheck {
    private static final double EPSILON = Math.ulp(1.0f);

    /** The call, on one backend; arguments as in the order of declaration. */
    interface Kernel {
        void call(Backend backend, @Nullable Buffer[] arguments);
    }

    private enum Role {
        DESTINATION,
        UPDATED,
        SOURCE,
        SIGNED_SOURCE,
        NONE
    }

    /** @param scale S of this destination, 0 when it comes from the call on absolute inputs */
    private record Argument(Role role, float[] values, double scale) {}

    private final Backend backend;
    private final String call;
    private final long seed;
    private final List<Argument> arguments = new ArrayList<>();
    private int length = 1;
    private double factor = 8;
    private double floor = 1e-6;
    private double productError;
    private boolean sharedScale;
    private double ownScale;
    private @Nullable Kernel scaleKernel;

    KernelCheck(Backend backend, String op, Object geometry, long seed) {
        this.backend = backend;
        this.call = op + " " + geometry;
        this.seed = seed;
    }

    /** A destination. */
    KernelCheck out(int size) {
        return out(size, 0);
    }

    /** A destination with a stated S. */
    KernelCheck out(int size, double scale) {
        float[] garbage = new float[size];
        Arrays.fill(garbage, Float.NaN);
        return argument(Role.DESTINATION, garbage, scale);
    }

    /** A destination whose old content counts. */
    KernelCheck update(float[] values) {
        return update(values, 0);
    }

    /** A destination whose old content counts, with a stated S. */
    KernelCheck update(float[] values, double scale) {
        return argument(Role.UPDATED, values, scale);
    }

    /** A source, absolute in the call that gives S. */
    KernelCheck in(float... values) {
        return argument(Role.SOURCE, values, 0);
    }

    /** A source that keeps its signs in the call that gives S: a mask, labels, what decides and is not summed. */
    KernelCheck signed(float... values) {
        return argument(Role.SIGNED_SOURCE, values, 0);
    }

    /** A source that may be null. */
    KernelCheck optional(float @Nullable [] values) {
        return values == null ? argument(Role.NONE, new float[0], 0) : in(values);
    }

    /** A source that may be null and keeps its signs. */
    KernelCheck optionalSigned(float @Nullable [] values) {
        return values == null ? argument(Role.NONE, new float[0], 0) : signed(values);
    }

    private KernelCheck argument(Role role, float[] values, double scale) {
        arguments.add(new Argument(role, values, scale));
        return this;
    }

    /** The length K of the longest sum. */
    KernelCheck sums(int k) {
        length = k;
        return this;
    }

    /** Widens the bound. */
    KernelCheck times(double widening) {
        factor *= widening;
        return this;
    }

    /** Widens the bound for factors that were rounded: each product may be off by {@code error} of itself. */
    KernelCheck products(double error) {
        productError = error;
        return this;
    }

    /** Whether S is the largest of a destination and not that of each element. */
    KernelCheck sharedScale(boolean shared) {
        sharedScale = shared;
        return this;
    }

    /** Only the reference's value, rounded to float32, passes. */
    KernelCheck exact() {
        floor = 0;
        factor = 0;
        return this;
    }

    /** The call that gives S where coefficients must be absolute too. */
    KernelCheck scaledBy(Kernel kernel) {
        scaleKernel = kernel;
        return this;
    }

    /**
     * S is {@code scale} times what the reference has as the result: for functions, whose value at absolute inputs means nothing.
     */
    KernelCheck ownScale(double scale) {
        ownScale = scale;
        return this;
    }

    /** Makes the calls and compares. */
    void run(Kernel kernel) {
        float[][] actual = results(backend, kernel);
        try (ReferenceBackend reference = new ReferenceBackend()) {
            double[][] expected = exactResults(reference, kernel, false);
            boolean stated =
                    floor == 0 || ownScale > 0 || arguments.stream().allMatch(a -> !isWritten(a) || a.scale > 0);
            double[][] absolute =
                    stated ? expected : exactResults(reference, scaleKernel == null ? kernel : scaleKernel, true);
            for (int i = 0; i < arguments.size(); i++) {
                if (isWritten(arguments.get(i))) {
                    compare(i, expected[i], absolute[i], actual[i]);
                } else if (!Arrays.equals(arguments.get(i).values, actual[i])) {
                    fail("%s: the kernel changed argument %d, a source; seed %d", call, i, seed);
                }
            }
        }
    }

    private static boolean isWritten(Argument a) {
        return a.role == Role.DESTINATION || a.role == Role.UPDATED;
    }

    private float[][] results(Backend on, Kernel kernel) {
        @Nullable Buffer[] buffers = upload(on, false);
        kernel.call(on, buffers);
        float[][] results = new float[buffers.length][];
        for (int i = 0; i < buffers.length; i++) {
            results[i] = new float[arguments.get(i).values.length];
            if (buffers[i] instanceof Buffer b) {
                on.download(results[i], b);
                on.release(b);
            }
        }
        return results;
    }

    private double[][] exactResults(ReferenceBackend reference, Kernel kernel, boolean absolute) {
        @Nullable Buffer[] buffers = upload(reference, absolute);
        kernel.call(reference, buffers);
        double[][] results = new double[buffers.length][];
        for (int i = 0; i < buffers.length; i++) {
            results[i] = buffers[i] instanceof Buffer b ? ReferenceBackend.values(b) : new double[0];
        }
        return results;
    }

    private @Nullable Buffer[] upload(Backend on, boolean absolute) {
        @Nullable Buffer[] buffers = new Buffer[arguments.size()];
        for (int i = 0; i < buffers.length; i++) {
            Argument a = arguments.get(i);
            if (a.role != Role.NONE) {
                Buffer b = on.allocate(a.values.length);
                on.upload(b, absolute && a.role != Role.SIGNED_SOURCE ? absolute(a.values) : a.values);
                buffers[i] = b;
            }
        }
        return buffers;
    }

    private static float[] absolute(float[] values) {
        float[] v = new float[values.length];
        for (int i = 0; i < v.length; i++) {
            v[i] = Math.abs(values[i]);
        }
        return v;
    }

    private void compare(int argument, double[] expected, double[] absolute, float[] actual) {
        double stated = arguments.get(argument).scale;
        if (stated == 0 && sharedScale) {
            stated = Arrays.stream(absolute).map(Math::abs).max().orElse(0);
        }
        int wrong = 0;
        String first = "";
        for (int i = 0; i < expected.length; i++) {
            double scale = stated > 0 ? stated : Math.abs(absolute[i]) * Math.max(1, ownScale);
            double tolerance = factor == 0 ? 0 : floor + (factor * EPSILON * Math.sqrt(length) + productError) * scale;
            boolean beyond = Math.abs(expected[i]) > Float.MAX_VALUE;
            double target = factor == 0 || beyond ? (float) expected[i] : expected[i];
            boolean equal = target == actual[i] || Double.isNaN(target) && Float.isNaN(actual[i]);
            if (!equal && !(Math.abs(target - actual[i]) <= tolerance)) {
                if (wrong++ == 0) {
                    first = String.format(
                            "first at index %d: expected %s, got %s, off by %.3g where %.3g is allowed",
                            i, target, actual[i], Math.abs(target - actual[i]), tolerance);
                }
            }
        }
        if (wrong > 0) {
            fail(
                    "%s: argument %d is wrong on %s in %d of %d elements; %s; seed %d",
                    call, argument, backend.name(), wrong, expected.length, first, seed);
        }
    }
}
