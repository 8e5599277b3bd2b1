/** The primitives that automatic differentiation knows: one record each, with its attributes, forward call and derivative. */
@NullMarked
package dev.aorta.op;

import org.jspecify.annotations.NullMarked;
