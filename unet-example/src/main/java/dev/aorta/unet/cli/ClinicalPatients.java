package dev.aorta.unet.cli;

import dev.aorta.unet.imaging.Pseudonyms;
import dev.aorta.unet.imaging.Sunnybrook;
import dev.aorta.unet.imaging.SunnybrookFrame;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The patients of a copy of the Sunnybrook data, each with a folder of images and one of contours. */
record ClinicalPatients(List<Patient> patients, List<String> notes) {
    /** A patient, by name or pseudonym. */
    record Patient(String name, Path images, Path contours) {}

    /**
     * Finds them.
     *
     * @param wanted patients by PatientID or case; all where it is empty
     */
    static ClinicalPatients of(Path folder, List<String> wanted, Pseudonyms names) throws IOException {
        Sunnybrook.Survey survey = Sunnybrook.survey(folder);
        for (String name : wanted) {
            if (!survey.names().containsKey(name)) {
                throw new IllegalArgumentException(
                        "--patients: there is no '%s' in %s, but %s".formatted(name, folder, survey.patients()));
            }
        }
        List<String> ids = wanted.stream()
                .map(name -> survey.names().getOrDefault(name, name))
                .toList();
        Map<String, SunnybrookFrame> first = new LinkedHashMap<>();
        for (SunnybrookFrame frame : survey.frames()) {
            if (ids.isEmpty() || ids.contains(frame.patient())) {
                first.putIfAbsent(frame.patient(), frame);
            }
        }
        List<Patient> patients = new ArrayList<>();
        first.forEach(
                (id, frame) -> patients.add(new Patient(names.of(id), folder(frame.image()), folder(frame.contour()))));
        List<String> notes = survey.notes().stream()
                .map(note -> names.hide(note, survey.names()))
                .toList();
        return new ClinicalPatients(patients, notes);
    }

    private static Path folder(Path file) {
        return Objects.requireNonNull(file.toAbsolutePath().getParent());
    }
}
