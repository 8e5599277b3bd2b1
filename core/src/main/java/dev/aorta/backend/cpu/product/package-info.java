/** Matrix products: packing, register tiles, the order of blocks. */
@NullMarked
package dev.aorta.backend.cpu.product;

import org.jspecify.annotations.NullMarked;
