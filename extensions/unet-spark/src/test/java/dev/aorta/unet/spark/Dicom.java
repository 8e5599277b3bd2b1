package dev.aorta.unet.spark;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/** Small DICOM files: a grey image of 16 bits, Explicit VR Little Endian. */
final class Dicom {
    private static final int PREAMBLE = 128;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    private Dicom() {}

    /** A picture of pixels of 1.25 x 1.5 mm². */
    static byte[] of(String modality, int rows, int columns, int[] pixels) {
        return of(modality, rows, columns, pixels, file -> {}, file -> {});
    }

    /** One of a series: slice after slice 8 mm apart, phase after phase 30 ms. */
    static byte[] ofSeries(int slice, int phase, int rows, int columns, int[] pixels) {
        return of(
                "MR",
                rows,
                columns,
                pixels,
                file -> file.text(0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.4\0")
                        .text(0x00080018, "UI", "1.2.3.%d.%d\0".formatted(slice + 1, phase + 1)),
                file -> file.text(0x00180050, "DS", "8 ")
                        .text(0x00181060, "DS", "%4d".formatted(30 * phase))
                        .text(0x0020000D, "UI", "1.2.5\0")
                        .text(0x0020000E, "UI", "1.2.4\0")
                        .text(0x00200011, "IS", "7 ")
                        .text(0x00200032, "DS", "0\\0\\%4d".formatted(8 * slice))
                        .text(0x00200037, "DS", "1\\0\\0\\0\\1\\0 ")
                        .text(0x00200052, "UI", "1.2.6\0"));
    }

    private static byte[] of(
            String modality, int rows, int columns, int[] pixels, Consumer<Dicom> identity, Consumer<Dicom> place) {
        ByteBuffer values = ByteBuffer.allocate(2 * pixels.length).order(ByteOrder.LITTLE_ENDIAN);
        for (int pixel : pixels) {
            values.putShort((short) pixel);
        }
        Dicom file = new Dicom();
        file.out.writeBytes(new byte[PREAMBLE]);
        file.out.writeBytes("DICM".getBytes(StandardCharsets.US_ASCII));
        file.text(0x00020010, "UI", "1.2.840.10008.1.2.1\0");
        identity.accept(file);
        file.text(0x00080060, "CS", modality).text(0x00100020, "LO", "P1");
        place.accept(file);
        file.number(0x00280002, 1)
                .text(0x00280004, "CS", "MONOCHROME2 ")
                .number(0x00280010, rows)
                .number(0x00280011, columns)
                .text(0x00280030, "DS", "1.25\\1.5")
                .number(0x00280100, 16)
                .number(0x00280101, 16)
                .number(0x00280102, 15)
                .number(0x00280103, 0)
                .element(0x7FE00010, "OW", values.array());
        return file.out.toByteArray();
    }

    private Dicom text(int tag, String vr, String even) {
        return element(tag, vr, even.getBytes(StandardCharsets.US_ASCII));
    }

    private Dicom number(int tag, int value) {
        return element(tag, "US", new byte[] {(byte) value, (byte) (value >> 8)});
    }

    private Dicom element(int tag, String vr, byte[] value) {
        boolean large = vr.equals("OW");
        ByteBuffer head = ByteBuffer.allocate(large ? 12 : 8).order(ByteOrder.LITTLE_ENDIAN);
        head.putShort((short) (tag >> 16)).putShort((short) tag).put(vr.getBytes(StandardCharsets.US_ASCII));
        if (large) {
            head.putShort((short) 0).putInt(value.length);
        } else {
            head.putShort((short) value.length);
        }
        out.writeBytes(head.array());
        out.writeBytes(value);
        return this;
    }
}
