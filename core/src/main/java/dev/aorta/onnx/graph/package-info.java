/** From a file's graph to steps that run: checks, folding, fusion, weights, the plan. Not exported. */
@NullMarked
package dev.aorta.onnx.graph;

import org.jspecify.annotations.NullMarked;
