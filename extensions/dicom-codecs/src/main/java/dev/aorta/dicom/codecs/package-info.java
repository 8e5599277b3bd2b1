/** Codecs for the compressed pixels of DICOM files; they are found by {@link java.util.ServiceLoader}. */
@NullMarked
package dev.aorta.dicom.codecs;

import org.jspecify.annotations.NullMarked;
