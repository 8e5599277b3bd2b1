/** What training makes small. */
@NullMarked
package dev.aorta.loss;

import org.jspecify.annotations.NullMarked;
