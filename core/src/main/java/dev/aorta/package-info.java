/** Tensors and automatic differentiation: the classes that every program with Aorta starts from. */
@NullMarked
package dev.aorta;

import org.jspecify.annotations.NullMarked;
