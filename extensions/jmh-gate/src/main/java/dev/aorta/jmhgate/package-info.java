/**
 * Compares two builds by their JMH benchmarks and says whether the newer one is slower or allocates more: {@code CheckMojo} for
 * Maven, {@code GateCommand} for everybody else. Both fill {@code Settings} and call {@code Gate}.
 */
@NullMarked
package dev.aorta.jmhgate;

import org.jspecify.annotations.NullMarked;
