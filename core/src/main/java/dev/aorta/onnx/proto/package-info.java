/** The messages of an ONNX file as records, their reader and their writer. Not exported. */
@NullMarked
package dev.aorta.onnx.proto;

import org.jspecify.annotations.NullMarked;
