/** The seam between operations and devices: buffers, kernel geometry, and the kernels a device must offer. */
@Experimental
@NullMarked
package dev.aorta.backend;

import dev.aorta.Experimental;
import org.jspecify.annotations.NullMarked;
