package dev.aorta.unet.imaging;

import java.io.IOException;

/** A DICOM file that is damaged, or of a kind that {@link DicomReader} does not read. */
public final class DicomException extends IOException {
    private static final long serialVersionUID = 1;

    /** Says {@code problem} of {@code source}, {@code offset} bytes from its start. */
    DicomException(String source, long offset, String problem) {
        super("%s: at byte %d: %s".formatted(source, offset, problem));
    }
}
