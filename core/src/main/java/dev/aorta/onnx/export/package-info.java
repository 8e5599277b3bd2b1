/** From what a network does in dry runs to an ONNX graph. Not exported. */
@NullMarked
package dev.aorta.onnx.export;

import org.jspecify.annotations.NullMarked;
