package dev.aorta.unet.imaging;

import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * What a DICOM file says of its picture or pictures.
 *
 * @param source the file it came from, for messages
 * @param transferSyntax how it is encoded, as a name
 * @param rows height in pixels
 * @param columns width in pixels
 * @param frames pictures in the file, all of that size
 * @param photometric what the values mean: MONOCHROME2, where larger is brighter, or MONOCHROME1, where larger is darker
 * @param bitsAllocated 8 or 16
 * @param bitsStored of those allocated
 * @param highBit the highest of those stored
 * @param signed whether values are in two's complement
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
 * @param position of the centre of the first pixel, mm, (x, y, z); empty where the file does not say
 * @param orientation directions of a row and of a column, (x, y, z) each; empty where the file does not say
 * @param triggerTime ms after the R wave, where the file says it
 * @param frame which of the frames it is of, from 0; empty where it is of the file
 * @param moment number of the frame's moment in time, where its functional groups say it
 * @param reference what other DICOM objects call the file by
 * @param notes attributes that cannot be read and count as absent, a sentence each
 */
public record DicomHeader(
        String source,
        String transferSyntax,
        int rows,
        int columns,
        int frames,
        String photometric,
        int bitsAllocated,
        int bitsStored,
        int highBit,
        boolean signed,
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
        String modality,
        List<Double> position,
        List<Double> orientation,
        OptionalDouble triggerTime,
        OptionalInt frame,
        OptionalInt moment,
        Reference reference,
        List<String> notes) {
    /**
     * The identifiers of a file, empty where it has none.
     *
     * @param sopClass kind of object
     * @param sopInstance the object itself
     * @param study it belongs to
     * @param frameOfReference what its position is relative to
     */
    public record Reference(String sopClass, String sopInstance, String study, String frameOfReference) {}

    /** The file, and the frame of it. */
    public String picture() {
        return frame.isPresent() ? source + " frame " + frame.getAsInt() : source;
    }

    /** Whether the file says where the picture lies and how it is turned. */
    boolean isPlaced() {
        return position.size() == 3 && orientation.size() == 6;
    }

    /** The unit normal of the plane of a picture that {@linkplain #isPlaced is placed}, (x, y, z). */
    double[] normal() {
        List<Double> o = orientation;
        return new double[] {
            o.get(1) * o.get(5) - o.get(2) * o.get(4),
            o.get(2) * o.get(3) - o.get(0) * o.get(5),
            o.get(0) * o.get(4) - o.get(1) * o.get(3)
        };
    }

    /** Where the picture lies along the normal of its plane, mm; 0 where the file does not say it. */
    double place() {
        double place = 0;
        for (int axis = 0; isPlaced() && axis < 3; axis++) {
            place += normal()[axis] * position.get(axis);
        }
        return place;
    }
}
