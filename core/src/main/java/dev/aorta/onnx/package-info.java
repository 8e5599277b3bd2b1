/** ONNX files: networks of other frameworks as layers. */
@NullMarked
package dev.aorta.onnx;

import org.jspecify.annotations.NullMarked;
