/** The standard's operators, each in one method and one row of {@link dev.aorta.onnx.operators.Operators}. Not exported. */
@NullMarked
package dev.aorta.onnx.operators;

import org.jspecify.annotations.NullMarked;
