/** Files: atomic writing, JSON, safetensors, TensorBoard events. */
@NullMarked
package dev.aorta.io;

import org.jspecify.annotations.NullMarked;
