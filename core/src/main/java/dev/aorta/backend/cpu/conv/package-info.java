/** Convolutions: the choice of kernels by geometry, and each of them. */
@NullMarked
package dev.aorta.backend.cpu.conv;

import org.jspecify.annotations.NullMarked;
