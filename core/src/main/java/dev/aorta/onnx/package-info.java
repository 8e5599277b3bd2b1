/** ONNX files: networks of other frameworks as layers, and layers for other programs. */
@NullMarked
package dev.aorta.onnx;

import org.jspecify.annotations.NullMarked;
