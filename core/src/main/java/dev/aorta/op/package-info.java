/** The primitives that automatic differentiation knows: one record each, with its attributes, forward call and derivative. */
@Experimental
@NullMarked
package dev.aorta.op;

import dev.aorta.Experimental;
import org.jspecify.annotations.NullMarked;
