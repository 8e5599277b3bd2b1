package dev.aorta.unet.serve;

import dev.aorta.io.FormatException;
import dev.aorta.serve.Answer;
import dev.aorta.serve.HttpError;
import dev.aorta.unet.clinical.BullsEye;
import dev.aorta.unet.clinical.LeftVentricle;
import dev.aorta.unet.clinical.Tracing;
import dev.aorta.unet.clinical.VolumeResult;
import dev.aorta.unet.imaging.CineStack;
import dev.aorta.unet.imaging.DicomMaker;
import dev.aorta.unet.imaging.DicomSegmentation;
import dev.aorta.unet.imaging.InputSlice;
import dev.aorta.unet.report.VolumeReport;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * What is said of a series.
 *
 * @param tracing of every picture
 * @param volumes or null, where there is none
 * @param problem why there is none, or empty
 * @param expert what an expert drew, or null
 */
record SeriesResult(
        Tracing tracing,
        @Nullable VolumeResult volumes,
        String problem,
        @Nullable Tracing expert,
        DicomMaker maker) {
    /**
     * Traces and measures a series.
     *
     * @throws IllegalArgumentException when nothing says which class of the network is the cavity
     */
    static SeriesResult of(CineStack stack, ServedNetwork network, SegmentOptions options, @Nullable Tracing expert)
            throws IOException {
        Tracing tracing = Tracing.of(stack, options.classes(network.classes()), network.classes(), network);
        DicomMaker maker = new DicomMaker(options.program(), "network of SHA-256 " + network.digest(), true);
        if (stack.slices() == 1) {
            return new SeriesResult(tracing, null, "one slice has no volume", expert, maker);
        }
        try {
            LeftVentricle ventricle = LeftVentricle.of(tracing);
            String patient = options.names().of(stack.patient());
            return new SeriesResult(
                    tracing, new VolumeResult(patient, ventricle, BullsEye.of(ventricle)), "", expert, maker);
        } catch (FormatException e) {
            return new SeriesResult(tracing, null, String.valueOf(e.getMessage()), expert, maker);
        }
    }

    /** A DICOM segmentation. */
    Answer segmentation(SegmentOptions options) throws HttpError {
        if (!tracing.stack().isPlacedDicom()) {
            throw Upload.unreadable("the images do not say what a DICOM segmentation must refer to:"
                    + " where they lie, and their identifiers");
        }
        LocalDateTime made = LocalDateTime.now(ZoneId.systemDefault());
        try {
            return Answer.ok(
                    Question.Form.SEG.type(),
                    tracing.dicom(options.names(), maker, made, DicomSegmentation.Uids.next()));
        } catch (IllegalArgumentException none) {
            throw Upload.unreadable("nothing was found in the images");
        }
    }

    /** The page of {@code unet volumes}. */
    Answer report(SegmentOptions options) throws HttpError, IOException {
        if (volumes == null) {
            throw Upload.unreadable("a report is of volumes: " + problem);
        }
        String page = VolumeReport.page(volumes, options.names(), maker.method(), false);
        return Answer.ok("text/html; charset=utf-8", page.getBytes(StandardCharsets.UTF_8));
    }

    /** Volumes, and those by the expert's contours. */
    @Nullable
    SequencedMap<String, Object> json() throws IOException {
        if (volumes == null) {
            return null;
        }
        SequencedMap<String, Object> json = new LinkedHashMap<>(volumes.json().asObject());
        if (expert != null) {
            try {
                LeftVentricle theirs = LeftVentricle.of(expert);
                SequencedMap<String, Object> by =
                        new LinkedHashMap<>(new VolumeResult(volumes.patient(), theirs, BullsEye.of(theirs))
                                .json()
                                .asObject());
                by.keySet().removeIf(k -> !k.matches("e[ds]v_ml|sv_ml|ef_percent|mass_g|end_(di|sy)astole"));
                json.put("expert", by);
            } catch (FormatException e) {
                json.put("expert", null); // too few contours for a volume
            }
        }
        return json;
    }

    /** The cavity alone, without the wall that an expert may have drawn. */
    private static byte[] cavity(byte[] mask) {
        byte[] cavity = new byte[mask.length];
        for (int i = 0; i < cavity.length; i++) {
            cavity[i] = mask[i] == Tracing.CAVITY ? Tracing.CAVITY : 0;
        }
        return cavity;
    }

    /** All pictures; uncertainty, explanation and pictures at end-diastole and end-systole alone. */
    List<Object> slices(Question question, ServedNetwork network, int target) throws IOException {
        CineStack stack = tracing.stack();
        int diastole = volumes == null ? 0 : volumes.ventricle().endDiastole();
        int systole = volumes == null ? 0 : volumes.ventricle().endSystole();
        List<Object> slices = new ArrayList<>();
        for (int slice = 0; slice < stack.slices(); slice++) {
            for (int phase = 0; phase < stack.phases(); phase++) {
                boolean shown = phase == diastole || phase == systole;
                byte[] drawn = expert == null ? null : expert.masks()[slice][phase];
                InputSlice picture = stack.picture(slice, phase).withLabel(drawn == null ? null : cavity(drawn));
                SequencedMap<String, Object> place = new LinkedHashMap<>();
                place.put("slice", slice);
                place.put("phase", phase);
                place.put("place_mm", stack.places()[slice]);
                slices.add(new SliceResult(
                                picture,
                                tracing.masks()[slice][phase],
                                Tracing.CAVITY,
                                shown && Boolean.TRUE.equals(question.doubts()) ? network.entropy(picture) : null,
                                shown && question.explained() ? network.gradCam(picture, target) : null)
                        .json(place, shown && question.pictures()));
            }
        }
        return slices;
    }
}
