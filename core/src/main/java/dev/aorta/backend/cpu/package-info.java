/** The CPU device: kernels in plain Java and the Vector API, and the threads they run on. */
@Experimental
@NullMarked
package dev.aorta.backend.cpu;

import dev.aorta.Experimental;
import org.jspecify.annotations.NullMarked;
