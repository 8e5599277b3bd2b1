package dev.aorta.unet.imaging;

/**
 * One grey-level slice.
 *
 * @param header what the file says of it
 * @param pixels stored values, [rows, columns] in row-major order, before rescaling (what pydicom calls {@code pixel_array}); of
 *     MONOCHROME1 inverted, so that larger is brighter
 */
public record DicomImage(DicomHeader header, int[] pixels) {
    /** Height in pixels. */
    public int rows() {
        return header.rows();
    }

    /** Width in pixels. */
    public int columns() {
        return header.columns();
    }

    /** The value of pixel {@code index} in the units of the modality: slope · stored + intercept. */
    public double rescaled(int index) {
        return header.slope() * pixels[index] + header.intercept();
    }
}
