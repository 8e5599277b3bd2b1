package dev.aorta.unet.imaging;

/**
 * A concept of a coding scheme.
 *
 * @param value the code
 * @param scheme that defines it: DCM, SCT, LN, UCUM, or 99AORTA for what is in none of them
 * @param meaning for people
 */
public record DicomCode(String value, String scheme, String meaning) {
    /** As an item of a sequence (PS3.3, 8.8). */
    DicomItem item() {
        return new DicomItem()
                .text(0x00080100, "SH", value)
                .text(0x00080102, "SH", scheme)
                .text(0x00080104, "LO", meaning);
    }
}
