package dev.aorta.unet.imaging;

import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * One grey-level slice.
 *
 * @param source the file it came from, for messages
 * @param rows height in pixels
 * @param columns width in pixels
 * @param pixels stored values, [rows, columns] in row-major order, before rescaling (what pydicom calls {@code pixel_array})
 * @param slope rescale slope, 1 where the file has none
 * @param intercept rescale intercept, 0 where the file has none
 * @param rowSpacing distance between the centres of neighbouring rows, mm
 * @param columnSpacing distance between the centres of neighbouring columns, mm
 * @param sliceThickness mm
 * @param spacingBetweenSlices distance between the centres of neighbouring slices, mm
 * @param instanceNumber number of the image in its series
 * @param seriesNumber number of the series in its study
 * @param seriesUid identifier of the series, empty where the file has none
 * @param patientId identifier of the patient, empty where the file has none
 * @param modality kind of equipment, such as MR or CT, empty where the file does not say
 */
public record DicomImage(
        String source,
        int rows,
        int columns,
        int[] pixels,
        double slope,
        double intercept,
        OptionalDouble rowSpacing,
        OptionalDouble columnSpacing,
        OptionalDouble sliceThickness,
        OptionalDouble spacingBetweenSlices,
        OptionalInt instanceNumber,
        OptionalInt seriesNumber,
        String seriesUid,
        String patientId,
        String modality) {

    /** The value of pixel {@code index} in the units of the modality: slope · stored + intercept. */
    public double rescaled(int index) {
        return slope * pixels[index] + intercept;
    }
}
