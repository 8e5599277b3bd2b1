/** The encodings under the file formats: protobuf's wire format and TFRecord's frames. Not exported. */
@NullMarked
package dev.aorta.io.wire;

import org.jspecify.annotations.NullMarked;
