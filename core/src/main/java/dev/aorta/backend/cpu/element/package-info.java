/** Kernels without products: pointwise, reductions, normalisation, pooling, losses, optimisers. */
@NullMarked
package dev.aorta.backend.cpu.element;

import org.jspecify.annotations.NullMarked;
