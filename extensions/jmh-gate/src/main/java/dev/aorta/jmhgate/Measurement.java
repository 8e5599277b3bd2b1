package dev.aorta.jmhgate;

import java.util.Arrays;
import java.util.stream.DoubleStream;

/**
 * What one benchmark measured in one build, a value per fork. The fork is the unit of comparison: iterations of one JVM share its
 * compilation and memory layout and are not independent.
 *
 * @param unit of the scores, for example {@code ms/op}
 * @param higherIsBetter true for throughput
 * @param scores median of the iterations of each fork, in the order in which they ran; all above 0
 * @param allocations bytes an operation in each fork; empty when JMH ran without {@code -prof gc}
 * @param jvm that ran it, for example {@code OpenJDK 64-Bit Server VM 25}
 */
@SuppressWarnings("ArrayRecordComponent") // read-only samples, never compared as values
record Measurement(String unit, boolean higherIsBetter, double[] scores, double[] allocations, String jvm) {

    /**
     * These forks, then those.
     *
     * @throws IllegalArgumentException when the units differ
     */
    Measurement and(Measurement more) {
        if (!unit.equals(more.unit)) {
            throw new IllegalArgumentException(
                    "one benchmark in " + unit + " and in " + more.unit + "; measure it in one unit");
        }
        return new Measurement(
                unit,
                higherIsBetter,
                concat(scores, more.scores),
                concat(allocations, more.allocations),
                jvm.equals(more.jvm) ? jvm : jvm + ", " + more.jvm);
    }

    /** Median of the forks. */
    double median() {
        return Shift.median(scores);
    }

    /** Logarithm of the time an operation in each fork, up to a constant. */
    double[] logTimes() {
        double sign = higherIsBetter ? -1 : 1;
        return Arrays.stream(scores).map(s -> sign * Math.log(s)).toArray();
    }

    private static double[] concat(double[] a, double[] b) {
        return DoubleStream.concat(Arrays.stream(a), Arrays.stream(b)).toArray();
    }
}
