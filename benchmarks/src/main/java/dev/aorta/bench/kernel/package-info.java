/** JMH suites of the kernels and of what feeds them. */
@NullMarked
package dev.aorta.bench.kernel;

import org.jspecify.annotations.NullMarked;
