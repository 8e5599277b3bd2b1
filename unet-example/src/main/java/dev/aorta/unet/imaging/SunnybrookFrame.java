package dev.aorta.unet.imaging;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A short-axis slice at one moment, with the expert's endocardial contour.
 *
 * @param patient PatientID, such as SCD0000101
 * @param caseName folder of the contours, such as SC-HF-I-01
 * @param frame number of the image in its series
 * @param image DICOM file
 * @param contour contour file
 */
public record SunnybrookFrame(String patient, String caseName, int frame, Path image, Path contour) {

    /** Such as SCD0000101/CINESAX_300/IM-0300-0048. */
    public String name() {
        String file = String.valueOf(image.getFileName());
        Path folder = image.toAbsolutePath().getParent();
        return "%s/%s/%s"
                .formatted(
                        patient,
                        folder == null ? "" : folder.getFileName(),
                        file.substring(0, file.length() - ".dcm".length()));
    }

    /**
     * Reads image and contour.
     *
     * @throws IOException if one cannot be read, the image names another patient, or the contour leaves the image
     */
    public LabelledSlice read() throws IOException {
        DicomImage dicom = DicomReader.read(image);
        String shown = dicom.header().patientId();
        boolean known = patient.equals(caseName)
                || shown.equals(patient)
                || PatientTable.caseFolder(shown).equals(caseName);
        if (!shown.isEmpty() && !known) {
            throw new IOException("%s: shows patient %s but lies in the folder of %s".formatted(image, shown, patient));
        }
        Contour drawn = Contour.read(contour);
        if (!drawn.liesIn(dicom.rows(), dicom.columns())) {
            throw new IOException(
                    "%s: the contour leaves the image: it reaches %s, %s has %d columns and %d rows; does it belong to another"
                                    .formatted(contour, drawn.extent(), image, dicom.columns(), dicom.rows())
                            + " picture, or is it drawn in other pixels?");
        }
        return new LabelledSlice(
                name(),
                dicom.rows(),
                dicom.columns(),
                LabelledSlice.floats(dicom.pixels()),
                drawn.mask(dicom.rows(), dicom.columns()),
                SliceOrigin.UNKNOWN.spaced(PixelSpacing.of(
                        dicom.header().rowSpacing(), dicom.header().columnSpacing())));
    }
}
