package dev.aorta.unet.clinical;

import dev.aorta.io.Json;
import dev.aorta.unet.clinical.LeftVentricle.Measure;
import dev.aorta.unet.imaging.CineStack;
import dev.aorta.unet.imaging.DicomCode;
import dev.aorta.unet.imaging.DicomReport;
import dev.aorta.unet.imaging.PlainText;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;

/**
 * The measured volumes of a patient in the forms that people and programs take.
 *
 * @param patient name or pseudonym
 */
public record VolumeResult(String patient, LeftVentricle ventricle, BullsEye regions) {
    /** Head of the table of {@link #row}. */
    public static final String HEAD =
            "patient,slices,phases,end_diastole,end_systole,edv_ml,edv_sd,esv_ml,esv_sd,sv_ml,sv_sd,"
                    + "ef_percent,ef_sd,mass_g";

    private static final DicomCode MILLILITRE = new DicomCode("ml", "UCUM", "ml");

    /** One line of a CSV file; what is not known is empty. */
    public String row() {
        CineStack stack = ventricle.tracing().stack();
        List<String> cells = new ArrayList<>(List.of(
                PlainText.cell(patient),
                Integer.toString(stack.slices()),
                Integer.toString(stack.phases()),
                Integer.toString(ventricle.endDiastole()),
                Integer.toString(ventricle.endSystole())));
        for (Measure m : List.of(ventricle.edv(), ventricle.esv(), ventricle.stroke(), ventricle.ejection())) {
            cells.add(cell(m.value()));
            cells.add(cell(m.deviation()));
        }
        cells.add(cell(ventricle.mass()));
        return String.join(",", cells);
    }

    /** A CSV file of the area of each slice at each phase. */
    public String areas() {
        Tracing tracing = ventricle.tracing();
        CineStack stack = tracing.stack();
        StringBuilder csv = new StringBuilder("slice,place_mm,height_mm,phase,time_ms,cavity_mm2,myocardium_mm2\n");
        for (int slice = 0; slice < stack.slices(); slice++) {
            for (int phase = 0; phase < stack.phases(); phase++) {
                csv.append(slice)
                        .append(',')
                        .append(cell(stack.places()[slice]))
                        .append(',')
                        .append(cell(ventricle.heights()[slice]))
                        .append(',')
                        .append(phase)
                        .append(',')
                        .append(stack.times().length == 0 ? "" : cell(stack.times()[phase]))
                        .append(',')
                        .append(cell(tracing.cavity()[slice][phase]))
                        .append(',')
                        .append(cell(tracing.myocardium()[slice][phase]))
                        .append('\n');
            }
        }
        return csv.toString();
    }

    private static String cell(double value) {
        return Double.isFinite(value) ? String.format(Locale.ROOT, "%.2f", value) : "";
    }

    /** Everything as JSON; what is not known is null. */
    public Json json() {
        CineStack stack = ventricle.tracing().stack();
        SequencedMap<String, Object> m = new LinkedHashMap<>();
        m.put("patient", patient);
        m.put("slices", stack.slices());
        m.put("phases", stack.phases());
        m.put("end_diastole", ventricle.endDiastole());
        m.put("end_systole", ventricle.endSystole());
        m.put("edv_ml", json(ventricle.edv()));
        m.put("esv_ml", json(ventricle.esv()));
        m.put("sv_ml", json(ventricle.stroke()));
        m.put("ef_percent", json(ventricle.ejection()));
        m.put("mass_g", json(ventricle.mass()));
        m.put("curve_ml", list(ventricle.curve()));
        m.put("times_ms", list(stack.times()));
        m.put("inward_motion_percent", list(regions.motion()));
        m.put("wall_thickness_mm", list(regions.thickness()));
        m.put("method", "summation of disks, slices as high as half the way to their neighbours");
        m.put("sd", ventricle.tracing().quartiles().length == 0 ? null : LeftVentricle.DEVIATIONS);
        m.put("notes", notes());
        return Json.of(m);
    }

    /** What was doubtful, a sentence each. */
    public List<String> notes() {
        List<String> notes = new ArrayList<>(ventricle.tracing().stack().notes());
        notes.addAll(ventricle.tracing().notes());
        return notes;
    }

    private static Json json(Measure measure) {
        SequencedMap<String, Object> m = new LinkedHashMap<>();
        m.put("value", json(measure.value()));
        m.put("sd", json(measure.deviation()));
        return Json.of(m);
    }

    /** To two decimals: the third is noise of any contour. */
    private static Json json(double value) {
        return Json.of(Double.isFinite(value) ? Math.round(value * 100) / 100.0 : null);
    }

    private static List<Json> list(double[] values) {
        return Arrays.stream(values).mapToObj(VolumeResult::json).toList();
    }

    /** The numbers that are known, as a DICOM report names them. */
    public List<DicomReport.Measurement> measurements() {
        List<DicomReport.Measurement> all = new ArrayList<>(List.of(
                measurement("8821-1", "LN", "Left Ventricular ED Volume", ventricle.edv(), MILLILITRE),
                measurement("8823-7", "LN", "Left Ventricular ES Volume", ventricle.esv(), MILLILITRE),
                measurement("90096001", "SCT", "Stroke Volume", ventricle.stroke(), MILLILITRE),
                measurement(
                        "8811-2",
                        "LN",
                        "Left ventricular ejection fraction by MR",
                        ventricle.ejection(),
                        new DicomCode("%", "UCUM", "Percent")),
                measurement(
                        "18087-7",
                        "LN",
                        "Left Ventricle Mass",
                        new Measure(ventricle.mass(), Double.NaN),
                        new DicomCode("g", "UCUM", "gram"))));
        all.removeIf(m -> Double.isNaN(m.value()));
        return all;
    }

    private static DicomReport.Measurement measurement(
            String code, String scheme, String name, Measure measure, DicomCode unit) {
        return new DicomReport.Measurement(
                new DicomCode(code, scheme, name), measure.value(), unit, measure.deviation());
    }
}
