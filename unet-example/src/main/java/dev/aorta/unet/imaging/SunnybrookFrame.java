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
        int parts = image.getNameCount();
        String path = image.subpath(parts - 3, parts).toString().replace('\\', '/');
        return path.substring(0, path.length() - ".dcm".length());
    }

    /**
     * Reads image and contour.
     *
     * @throws IOException if one cannot be read, or the image names another patient
     */
    public LabelledSlice read() throws IOException {
        DicomImage dicom = DicomReader.read(image);
        if (!dicom.patientId().isEmpty() && !dicom.patientId().equals(patient)) {
            throw new IOException(
                    "%s: shows patient %s but lies in the folder of %s".formatted(image, dicom.patientId(), patient));
        }
        byte[] label = Contour.read(contour).mask(dicom.rows(), dicom.columns());
        return new LabelledSlice(name(), dicom.rows(), dicom.columns(), dicom.pixels(), label);
    }
}
