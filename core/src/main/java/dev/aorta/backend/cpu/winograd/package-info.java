/** Winograd's convolution F(4x4, 3x3) and what is reduced to it: strided and transposed convolutions by phases. */
@NullMarked
package dev.aorta.backend.cpu.winograd;

import org.jspecify.annotations.NullMarked;
