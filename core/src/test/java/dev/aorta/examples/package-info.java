/** Whole trainings in few lines, on digits that are drawn as they are needed; docs/examples.md shows them. */
@NullMarked
package dev.aorta.examples;

import org.jspecify.annotations.NullMarked;
