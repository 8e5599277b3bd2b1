/** Compares two sets of JMH results and says whether the newer one is slower or allocates more. */
@NullMarked
package dev.aorta.bench.gate;

import org.jspecify.annotations.NullMarked;
