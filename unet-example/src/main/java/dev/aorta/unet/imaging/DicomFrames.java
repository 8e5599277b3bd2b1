package dev.aorta.unet.imaging;

import dev.aorta.unet.imaging.DicomElements.Element;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * What an enhanced image says of each of its frames, by its functional groups: the frame's own, or else those that all share.
 *
 * @see <a href="https://dicom.nema.org/medical/dicom/current/output/chtml/part03/sect_C.7.6.16.html">PS3.3, C.7.6.16</a>
 */
final class DicomFrames {
    static final int SHARED_GROUPS = 0x52009229;
    static final int FRAME_GROUPS = 0x52009230;
    static final int PIXEL_MEASURES = 0x00289110;
    static final int PLANE_ORIENTATION = 0x00209116;
    static final int PLANE_POSITION = 0x00209113;
    private static final int PIXEL_VALUES = 0x00289145;
    private static final int FRAME_CONTENT = 0x00209111;
    private static final int TEMPORAL_POSITION = 0x00209128;
    private static final int CARDIAC_SYNCHRONIZATION = 0x00189118;
    private static final int NOMINAL_DELAY = 0x00209153;
    private static final int ACTUAL_DELAY = 0x00209252;

    private final DicomHeader file;
    private final boolean explicit;
    private final List<DicomValues> levels = new ArrayList<>();

    private DicomFrames(DicomHeader file, boolean explicit, DicomValues frame, List<DicomValues> shared) {
        this.file = file;
        this.explicit = explicit;
        levels.add(frame);
        levels.addAll(shared);
    }

    /**
     * The header of each frame of an enhanced image; of another file its own alone.
     *
     * @throws DicomException if there are functional groups for more or fewer frames than there are
     */
    static List<DicomHeader> of(DicomHeader file, DicomValues values, boolean explicit) throws DicomException {
        Element each = values.element(FRAME_GROUPS);
        if (each == null) {
            return List.of(file);
        }
        List<DicomValues> items = DicomElements.items(values, each, explicit, file.frames() + 1);
        if (items.size() != file.frames()) {
            throw values.problem(
                    FRAME_GROUPS,
                    "the functional groups %s are of %s%d frames, and the image has %d"
                            .formatted(
                                    DicomElements.name(FRAME_GROUPS),
                                    items.size() > file.frames() ? "more than " : "",
                                    Math.min(items.size(), file.frames()),
                                    file.frames()));
        }
        Element common = values.element(SHARED_GROUPS);
        List<DicomValues> shared = common == null ? List.of() : DicomElements.items(values, common, explicit, 1);
        List<DicomHeader> frames = new ArrayList<>();
        for (int frame = 0; frame < items.size(); frame++) {
            frames.add(new DicomFrames(file, explicit, items.get(frame), shared).header(frame, values));
        }
        return List.copyOf(frames);
    }

    private DicomHeader header(int frame, DicomValues none) throws DicomException {
        DicomValues measures = group(PIXEL_MEASURES, none);
        double[] spacing = measures.lengths(DicomReader.PIXEL_SPACING, "pixel spacing", 2);
        double[] thick = measures.lengths(DicomReader.SLICE_THICKNESS, "slice thickness", 1);
        double[] apart = measures.lengths(DicomReader.SPACING_BETWEEN_SLICES, "spacing between slices", 1);
        DicomValues scale = group(PIXEL_VALUES, none);
        DicomValues cardiac = group(CARDIAC_SYNCHRONIZATION, none);
        OptionalDouble nominal = cardiac.real(NOMINAL_DELAY, "nominal trigger delay");
        OptionalDouble delay = nominal.isPresent() ? nominal : cardiac.real(ACTUAL_DELAY, "actual trigger delay");
        OptionalInt moment = group(FRAME_CONTENT, none).index(TEMPORAL_POSITION, "temporal position");
        return new DicomHeader(
                file.source(),
                file.transferSyntax(),
                file.rows(),
                file.columns(),
                file.frames(),
                file.photometric(),
                file.bitsAllocated(),
                file.bitsStored(),
                file.highBit(),
                file.signed(),
                scale.decimal(DicomReader.RESCALE_SLOPE, "rescale slope").orElse(file.slope()),
                scale.decimal(DicomReader.RESCALE_INTERCEPT, "rescale intercept")
                        .orElse(file.intercept()),
                spacing.length == 0 ? OptionalDouble.empty() : OptionalDouble.of(spacing[0]),
                spacing.length == 0 ? OptionalDouble.empty() : OptionalDouble.of(spacing[1]),
                thick.length == 0 ? OptionalDouble.empty() : OptionalDouble.of(thick[0]),
                apart.length == 0 ? OptionalDouble.empty() : OptionalDouble.of(apart[0]),
                file.instanceNumber(),
                file.seriesNumber(),
                file.seriesUid(),
                file.patientId(),
                file.modality(),
                decimals(group(PLANE_POSITION, none), DicomReader.POSITION, "position", 3),
                decimals(group(PLANE_ORIENTATION, none), DicomReader.ORIENTATION, "orientation", 6),
                delay.isPresent() ? delay : file.triggerTime(),
                OptionalInt.of(frame),
                moment,
                file.reference(),
                none.notes());
    }

    private static List<Double> decimals(DicomValues group, int tag, String name, int count) {
        return Arrays.stream(group.decimals(tag, name, count)).boxed().toList();
    }

    /** The group of a kind: the frame's, or the shared one, or what the file says without groups. */
    private DicomValues group(int sequence, DicomValues otherwise) throws DicomException {
        for (DicomValues level : levels) {
            Element element = level.element(sequence);
            if (element != null) {
                for (DicomValues inner : DicomElements.items(level, element, explicit, 1)) {
                    return inner;
                }
            }
        }
        return otherwise;
    }
}
