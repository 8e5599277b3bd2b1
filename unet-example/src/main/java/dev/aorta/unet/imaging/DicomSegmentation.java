package dev.aorta.unet.imaging;

import dev.aorta.unet.imaging.CineStack.Frame;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes masks as a DICOM segmentation of kind BINARY: a frame of one bit a pixel for each segment, phase and slice in which it is.
 *
 * @see <a href="https://dicom.nema.org/medical/dicom/current/output/chtml/part03/sect_A.51.html">DICOM PS3.3, A.51</a>
 */
public final class DicomSegmentation {
    /** Kind of object. */
    static final String SOP_CLASS = "1.2.840.10008.5.1.4.1.1.66.4";

    private static final DicomCode ANATOMY = new DicomCode("123037004", "SCT", "Anatomical Structure");
    private static final int SERIES_NUMBER = 9001;

    /**
     * A structure.
     *
     * @param value its class in the masks
     * @param label for people
     * @param type of structure
     */
    public record Segment(int value, String label, DicomCode type) {}

    /**
     * What a segmentation is called by.
     *
     * @param series it stands in
     * @param instance itself
     */
    public record Uids(String series, String instance) {
        /** New ones. */
        public static Uids next() {
            return new Uids(DerivedDicom.newUid(), DerivedDicom.newUid());
        }
    }

    private DicomSegmentation() {}

    /**
     * A DICOM file.
     *
     * @param stack with {@link CineStack#isPlacedDicom}
     * @param masks [slice][phase] of classes [rows, columns], null where nothing was drawn
     * @param uids its identifiers
     * @throws IllegalArgumentException if no segment is in any mask
     */
    public static byte[] file(
            CineStack stack,
            byte[][] @Nullable [] masks,
            List<Segment> segments,
            Pseudonyms names,
            DicomMaker maker,
            LocalDateTime made,
            Uids uids) {
        DerivedDicom common = new DerivedDicom(stack, names, maker, made);
        List<DicomItem> groups = new ArrayList<>();
        BitBuffer bits = new BitBuffer();
        for (int s = 0; s < segments.size(); s++) {
            for (int phase = 0; phase < stack.phases(); phase++) {
                for (int slice = 0; slice < stack.slices(); slice++) {
                    byte[] mask = masks[slice][phase];
                    if (mask != null && bits.add(mask, segments.get(s).value())) {
                        groups.add(frameGroup(common, s + 1, slice, phase));
                    }
                }
            }
        }
        if (groups.isEmpty()) {
            throw new IllegalArgumentException("no segment is in any mask");
        }
        DicomItem set = common.start("SEG", uids.series(), SERIES_NUMBER, "Left ventricle, research only");
        image(set, stack, groups.size());
        String organization = DerivedDicom.newUid();
        set.text(0x00200052, "UI", common.frameOfReference())
                .text(0x00201040, "LO", "")
                .items(0x00081115, common.sources(0x0008114A))
                .items(0x00209221, new DicomItem().text(0x00209164, "UI", organization))
                .items(
                        0x00209222,
                        dimension(organization, 0x0062000B, 0x0062000A, "Segment"),
                        dimension(organization, 0x00209128, 0x00209111, "Phase"),
                        dimension(organization, 0x00200032, 0x00209113, "Slice"))
                .items(0x00620002, segments(segments, maker))
                .items(0x52009229, sharedGroup(stack))
                .items(0x52009230, groups)
                .bytes(0x7FE00010, "OB", bits.toBytes());
        return set.file(SOP_CLASS, uids.instance());
    }

    private static void image(DicomItem set, CineStack stack, int frames) {
        set.text(0x00080008, "CS", "DERIVED\\PRIMARY")
                .shorts(0x00280002, 1)
                .text(0x00280004, "CS", "MONOCHROME2")
                .text(0x00280008, "IS", Integer.toString(frames))
                .shorts(0x00280010, stack.rows())
                .shorts(0x00280011, stack.columns())
                .shorts(0x00280100, 1)
                .shorts(0x00280101, 1)
                .shorts(0x00280102, 0)
                .shorts(0x00280103, 0)
                .text(0x00282110, "CS", "00")
                .text(0x00620001, "CS", "BINARY")
                .text(0x00700080, "CS", "LEFT_VENTRICLE")
                .text(0x00700081, "LO", "Left ventricle")
                .text(0x00700084, "PN", "");
    }

    private static DicomItem dimension(String organization, int pointer, int group, String label) {
        return new DicomItem()
                .text(0x00209164, "UI", organization)
                .tag(0x00209165, pointer)
                .tag(0x00209167, group)
                .text(0x00209421, "LO", label);
    }

    private static List<DicomItem> segments(List<Segment> segments, DicomMaker maker) {
        List<DicomItem> items = new ArrayList<>();
        for (Segment segment : segments) {
            DicomItem item = new DicomItem()
                    .code(0x00620003, ANATOMY)
                    .shorts(0x00620004, items.size() + 1)
                    .text(0x00620005, "LO", segment.label())
                    .text(0x00620008, "CS", maker.automatic() ? "AUTOMATIC" : "MANUAL")
                    .code(0x0062000F, segment.type());
            if (maker.automatic()) {
                item.text(0x00620009, "LO", DicomMaker.MODEL)
                        .items(
                                0x00620007,
                                new DicomItem()
                                        .code(0x0066002F, new DicomCode("123110", "DCM", "Artificial Intelligence"))
                                        .text(0x00660031, "LO", maker.version())
                                        .text(0x00660032, "LT", maker.method())
                                        .text(0x00660036, "LO", DicomMaker.MODEL));
            }
            items.add(item);
        }
        return items;
    }

    private static DicomItem sharedGroup(CineStack stack) {
        double[] orientation = Arrays.copyOf(stack.right(), 6);
        System.arraycopy(stack.down(), 0, orientation, 3, 3);
        return new DicomItem()
                .items(0x00209116, new DicomItem().decimals(0x00200037, orientation))
                .items(
                        0x00289110,
                        new DicomItem()
                                .decimals(0x00180050, stack.thickness())
                                .decimals(0x00180088, stack.thickness())
                                .decimals(0x00280030, stack.rowSpacing(), stack.columnSpacing()));
    }

    private static DicomItem frameGroup(DerivedDicom common, int segment, int slice, int phase) {
        Frame frame = common.stack().frames().get(slice).get(phase);
        double[] position =
                frame.header().position().stream().mapToDouble(d -> d).toArray();
        return new DicomItem()
                .items(
                        0x00209111,
                        new DicomItem().ints(0x00209128, phase + 1).ints(0x00209157, segment, phase + 1, slice + 1))
                .items(0x00209113, new DicomItem().decimals(0x00200032, position))
                .items(0x0062000A, new DicomItem().shorts(0x0062000B, segment))
                .items(
                        0x00089124,
                        new DicomItem()
                                .items(
                                        0x00082112,
                                        common.reference(frame)
                                                .text(0x0028135A, "CS", "YES")
                                                .code(
                                                        0x0040A170,
                                                        new DicomCode(
                                                                "121322",
                                                                "DCM",
                                                                "Source image for image processing operation")))
                                .code(0x00089215, new DicomCode("113076", "DCM", "Segmentation")));
    }

    /** Frames of bits without padding between them, the first pixel in the lowest bit (PS3.5, 8.1.1). */
    private static final class BitBuffer {
        private byte[] bytes = new byte[1 << 12];
        private long length;

        /** Adds the frame of {@code value}, unless it is nowhere in the mask. */
        boolean add(byte[] mask, int value) {
            long start = length;
            int needed = Math.toIntExact((length + mask.length + 15) / 16 * 2);
            bytes = needed > bytes.length ? Arrays.copyOf(bytes, Math.max(needed, 2 * bytes.length)) : bytes;
            boolean found = false;
            for (byte b : mask) {
                if (b == value) {
                    bytes[(int) (length >> 3)] |= (byte) (1 << (length & 7));
                    found = true;
                }
                length++;
            }
            length = found ? length : start;
            return found;
        }

        byte[] toBytes() {
            return Arrays.copyOf(bytes, (int) ((length + 15) / 16 * 2));
        }
    }
}
