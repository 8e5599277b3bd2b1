/** The values of a running graph: on the host, or on a device in whichever order of axes they were made. Not exported. */
@NullMarked
package dev.aorta.onnx.value;

import org.jspecify.annotations.NullMarked;
