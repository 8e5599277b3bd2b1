/** Optimisers, and schedules of their learning rate. */
@NullMarked
package dev.aorta.optim;

import org.jspecify.annotations.NullMarked;
