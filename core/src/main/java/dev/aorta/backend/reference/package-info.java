/** The specification of every kernel: double precision, plain loops, written to be read. */
@NullMarked
package dev.aorta.backend.reference;

import org.jspecify.annotations.NullMarked;
