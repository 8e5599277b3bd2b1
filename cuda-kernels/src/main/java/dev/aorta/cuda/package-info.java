/** The CUDA backend. */
@NullMarked
package dev.aorta.cuda;

import org.jspecify.annotations.NullMarked;
