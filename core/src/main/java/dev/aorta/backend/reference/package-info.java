/** The specification of every kernel: double precision, plain loops, written to be read. */
@Experimental
@NullMarked
package dev.aorta.backend.reference;

import dev.aorta.Experimental;
import org.jspecify.annotations.NullMarked;
