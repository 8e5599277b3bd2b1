/** The training loop and what it records. */
@NullMarked
package dev.aorta.train;

import org.jspecify.annotations.NullMarked;
