package dev.aorta.unet.imaging;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/** Builds enhanced MR images for tests: the cine of {@link SliceFiles#writeCine} as one file with functional groups. */
public final class EnhancedDicom {
    private EnhancedDicom() {}

    /** Writes such a cine of patient P1, phases first, whose disks have a radius in pixels. */
    public static void writeCine(Path file, int slices, int phases, int side, SliceFiles.Radius radius)
            throws IOException {
        Files.write(file, cine(slices, phases, side, true, radius).bytes());
    }

    static DicomFile cine(int slices, int phases, int side, boolean placed) {
        return cine(slices, phases, side, placed, (slice, phase) -> 3);
    }

    /**
     * A cine whose frames are in the order of time, and in each moment from the top of the stack down.
     *
     * @param placed whether the frames say where they lie
     */
    static DicomFile cine(int slices, int phases, int side, boolean placed, SliceFiles.Radius radius) {
        ByteArrayOutputStream groups = new ByteArrayOutputStream();
        ByteArrayOutputStream pixels = new ByteArrayOutputStream();
        for (int phase = 0; phase < phases; phase++) {
            for (int slice = slices - 1; slice >= 0; slice--) {
                DicomItem frame = new DicomItem()
                        .items(0x00189118, new DicomItem().bytes(0x00209153, "FD", real(40.0 * phase)))
                        .items(0x00209111, new DicomItem().ints(0x00209128, phase + 1));
                if (placed) {
                    frame.items(0x00209113, new DicomItem().text(0x00200032, "DS", "-20\\-30\\" + 8 * slice));
                }
                groups.writeBytes(item(frame));
                pixels.writeBytes(SliceFiles.disk(slice * phases + phase + 1, side, radius.of(slice, phase)));
            }
        }
        DicomItem shared = new DicomItem()
                .items(0x00209116, new DicomItem().text(0x00200037, "DS", "1\\0\\0\\0\\1\\0"))
                .items(
                        0x00289110,
                        new DicomItem().text(0x00280030, "DS", "1.25\\1.5").text(0x00180050, "DS", "8.5"));
        return DicomFile.image(true, side, side, 0)
                .without(0x00280030)
                .without(0x00180050)
                .text(0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.4.1")
                .text(0x00080018, "UI", "1.2.3.4.1")
                .text(0x0020000D, "UI", "1.2.3.1")
                .text(0x0020000E, "UI", "1.2.3.2")
                .text(0x00200052, "UI", "1.2.3.3")
                .text(0x00280008, "IS", Integer.toString(slices * phases))
                .value(0x52009229, "SQ", item(shared))
                .value(0x52009230, "SQ", groups.toByteArray())
                .value(0x7FE00010, "OW", pixels.toByteArray());
    }

    private static byte[] item(DicomItem item) {
        byte[] element = new DicomItem().items(0x52009230, item).toBytes();
        ByteBuffer content = ByteBuffer.wrap(element).position(12);
        byte[] bytes = new byte[content.remaining()];
        content.get(bytes);
        return bytes;
    }

    private static byte[] real(double value) {
        return ByteBuffer.allocate(Double.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putDouble(value)
                .array();
    }
}
