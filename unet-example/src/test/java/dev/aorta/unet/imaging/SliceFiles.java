package dev.aorta.unet.imaging;

import dev.aorta.data.Example;
import dev.aorta.data.TfRecordReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SequencedMap;
import java.util.zip.Deflater;

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

    /** Sound DICOM files of every encoding that needs no codec, by a name. */
    public static Map<String, byte[]> dicoms() throws IOException {
        SequencedMap<String, byte[]> files = new LinkedHashMap<>();
        files.put("dicom", DicomFile.image(true, 16, 16, 0).bytes());
        files.put("dicom-implicit", DicomFile.image(false, 16, 16, 0).bytes());
        byte[] item = DicomFile.implicitElement(0xFFFEE000, 0);
        byte[] lengths = ByteBuffer.allocate(64 + 2 * 258)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(2)
                .putInt(64)
                .putInt(64 + 258)
                .array();
        for (int segment = 0; segment < 2; segment++) {
            for (int run = 0; run < 2; run++) {
                lengths[64 + 258 * segment + 129 * run] = 127;
            }
        }
        ByteArrayOutputStream pieces = new ByteArrayOutputStream();
        pieces.writeBytes(item);
        pieces.writeBytes(DicomFile.implicitElement(0xFFFEE000, lengths.length, lengths));
        pieces.writeBytes(DicomFile.implicitElement(0xFFFEE0DD, 0));
        files.put(
                "dicom-rle",
                DicomFile.image(true, 16, 16, 0)
                        .syntax("1.2.840.10008.1.2.5")
                        .claiming(0x7FE00010, "OB", 0xFFFFFFFF, pieces.toByteArray())
                        .bytes());
        byte[] plain = DicomFile.image(true, 16, 16, 0)
                .syntax("1.2.840.10008.1.2.1.99")
                .bytes();
        int meta = DicomFile.PREAMBLE + 8 + "1.2.840.10008.1.2.1.99".length();
        Deflater deflater = new Deflater(9, true);
        deflater.setInput(plain, meta, plain.length - meta);
        deflater.finish();
        byte[] deflated = new byte[plain.length];
        int length = deflater.deflate(deflated);
        deflater.end();
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        whole.write(plain, 0, meta);
        whole.write(deflated, 0, length);
        files.put("dicom-deflated", whole.toByteArray());
        files.put("dicom-enhanced", EnhancedDicom.cine(2, 2, 8, true).bytes());
        return files;
    }

    /** Reads a patient table or says why not. */
    public static void readPatients(Path table) throws IOException {
        PatientTable.read(table);
    }

    /** Radius of the bright disk in a picture of {@link #writeCine}, pixels. */
    public interface Radius {
        double of(int slice, int phase);
    }

    /**
     * A short-axis cine of patient P1 as DICOM files: slices 8 mm apart, phases 40 ms apart, 1.25 mm x 1.5 mm pixels, a bright disk in
     * the middle of dark noise. Slices lie across the feet-head axis, rows to the left and columns to the back.
     */
    public static void writeCine(Path folder, int slices, int phases, int side, Radius radius) throws IOException {
        Files.createDirectories(folder);
        for (int slice = 0; slice < slices; slice++) {
            for (int phase = 0; phase < phases; phase++) {
                int number = slice * phases + phase + 1;
                Files.write(
                        folder.resolve("%08x.dcm".formatted(number * 0x9E3779B1)),
                        cine(slice, phase, number, side, radius.of(slice, phase))
                                .bytes());
            }
        }
    }

    /** The pixels of a picture of {@link #writeCine}. */
    static byte[] disk(int number, int side, double radius) {
        Random random = new Random(number);
        ByteBuffer pixels = ByteBuffer.allocate(2 * side * side).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < side * side; i++) {
            int row = i / side;
            boolean inside = Math.hypot(i % side - side / 2.0, row - side / 2.0) < radius;
            pixels.putShort((short) ((inside ? 600 : 100) + random.nextInt(100)));
        }
        return pixels.array();
    }

    static DicomFile cine(int slice, int phase, int number, int side, double radius) {
        return DicomFile.image(true, side, side, 0)
                .text(0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.4")
                .text(0x00080018, "UI", "1.2.3.4." + number)
                .text(0x0020000D, "UI", "1.2.3.1")
                .text(0x0020000E, "UI", "1.2.3.2")
                .text(0x00200013, "IS", Integer.toString(number))
                .text(0x00200032, "DS", "-20\\-30\\" + 8 * slice)
                .text(0x00200037, "DS", "1\\0\\0\\0\\1\\0")
                .text(0x00200052, "UI", "1.2.3.3")
                .text(0x00181060, "DS", Integer.toString(40 * phase))
                .value(0x7FE00010, "OW", disk(number, side, radius));
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
