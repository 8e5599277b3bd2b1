package dev.aorta.unet.imaging;

/**
 * What made a DICOM object.
 *
 * @param version of this program
 * @param method how the contours were found, such as a model with its SHA-256
 * @param automatic whether no person drew them
 */
public record DicomMaker(String version, String method, boolean automatic) {
    static final String MANUFACTURER = "Aorta";
    static final String MODEL = "unet volumes (research only)";
}
