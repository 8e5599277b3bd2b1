/** Measurements of Aorta. */
@NullMarked
package dev.aorta.bench;

import org.jspecify.annotations.NullMarked;
