package dev.aorta.unet.imaging;

import dev.aorta.data.Example;
import dev.aorta.data.TfRecordReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Reads back what tests have written. */
public final class SliceFiles {
    private SliceFiles() {}

    /** A DICOM file of 1.25 mm x 1.5 mm pixels. */
    public static Path writeDicom(Path file, int rows, int columns) throws IOException {
        return Files.write(file, DicomFile.image(true, rows, columns, 0).bytes());
    }

    /** A DICOM file of {@code modality}, such as CT. */
    public static Path writeDicom(Path file, int side, String modality) throws IOException {
        return Files.write(
                file,
                DicomFile.image(true, side, side, 0)
                        .text(0x00080060, "CS", modality)
                        .bytes());
    }

    /** A DICOM file of a patient. */
    public static Path writeDicomOf(Path file, String patient, int side) throws IOException {
        return Files.write(
                file,
                DicomFile.image(true, side, side, 0)
                        .text(0x00100020, "LO", patient)
                        .bytes());
    }

    /** A bright disk with radius 5 to 8 in noise, as large as {@code side} x {@code side} pixels, and its mask. */
    public static LabelledSlice disk(int side, int number) {
        Random random = new Random(number);
        double radius = 5 + 3 * random.nextDouble();
        double x = side / 2.0 + 4 * random.nextDouble();
        double y = side / 2.0 - 4 * random.nextDouble();
        int[] image = new int[side * side];
        byte[] label = new byte[side * side];
        for (int i = 0; i < image.length; i++) {
            int row = i / side;
            boolean inside = Math.hypot(i % side - x, row - y) < radius;
            label[i] = (byte) (inside ? 1 : 0);
            image[i] = (inside ? 600 : 100) + random.nextInt(100);
        }
        return new LabelledSlice("disk-" + number, side, side, image, label);
    }

    /** All slices of a TFRecord file. */
    public static List<LabelledSlice> read(Path file) throws IOException {
        List<LabelledSlice> slices = new ArrayList<>();
        try (TfRecordReader reader = TfRecordReader.open(file)) {
            for (Example record = reader.nextExample(); record != null; record = reader.nextExample()) {
                slices.add(LabelledSlice.parse(record));
            }
        }
        return slices;
    }
}
