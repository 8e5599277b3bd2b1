/** The seam between operations and devices: buffers, kernel geometry, and the kernels a device must offer. */
@NullMarked
package dev.aorta.backend;

import org.jspecify.annotations.NullMarked;
