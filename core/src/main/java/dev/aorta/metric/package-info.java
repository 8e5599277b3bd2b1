/** How good a prediction is, counted on the host. */
@NullMarked
package dev.aorta.metric;

import org.jspecify.annotations.NullMarked;
