/** What the library says beside its exceptions: mistakes that are likely and not certain, and what was never closed. */
@NullMarked
package dev.aorta.warn;

import org.jspecify.annotations.NullMarked;
