package dev.aorta.unet.imaging;

import java.io.IOException;

/** Decompresses the pixels of DICOM files; those on the class path are found by {@link java.util.ServiceLoader}. */
public interface PixelCodec {
    /** Whether it knows the encoding with this identifier. */
    boolean reads(String transferSyntax);

    /**
     * Decompresses one picture.
     *
     * @param frame its compressed bytes
     * @return the samples as they are stored, [rows, columns] in row-major order, of which the low bits that the header names count
     * @throws IOException if they are damaged or hold a picture of another size
     */
    int[] decode(byte[] frame, DicomHeader header) throws IOException;
}
