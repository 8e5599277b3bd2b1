/** Networks of other programs and for them: ONNX files. */
@NullMarked
package dev.aorta.onnx;

import org.jspecify.annotations.NullMarked;
