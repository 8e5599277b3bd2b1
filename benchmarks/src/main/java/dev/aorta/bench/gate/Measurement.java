package dev.aorta.bench.gate;

/**
 * What one benchmark measured in one build, a value per fork. The fork is the unit of comparison: iterations of one JVM share its
 * compilation and memory layout and are not independent.
 *
 * @param unit of the scores, for example {@code ms/op}
 * @param higherIsBetter true for throughput
 * @param scores median of the iterations of each fork
 * @param allocations bytes an operation in each fork; empty when JMH ran without {@code -prof gc}
 */
@SuppressWarnings("ArrayRecordComponent") // read-only samples, never compared as values
record Measurement(String unit, boolean higherIsBetter, double[] scores, double[] allocations) {}
