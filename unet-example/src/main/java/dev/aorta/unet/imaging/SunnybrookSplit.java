package dev.aorta.unet.imaging;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Frames to train on and frames to validate on.
 *
 * @param kind "lab" or "patient"
 */
public record SunnybrookSplit(String kind, List<SunnybrookFrame> train, List<SunnybrookFrame> validation) {

    public SunnybrookSplit {
        if (train.isEmpty() || validation.isEmpty()) {
            throw new IllegalArgumentException(
                    "split '%s' leaves %d frames to train on and %d to validate on; both need at least one"
                            .formatted(kind, train.size(), validation.size()));
        }
    }

    /**
     * Frames at random, one in ten for validation, as in the lab (234 and 26). Frames of one patient land on both sides, so that the
     * scores flatter the network; use a patient split to learn how it does on people that it has not seen.
     */
    public static SunnybrookSplit lab(List<SunnybrookFrame> frames, long seed) {
        List<SunnybrookFrame> shuffled = shuffled(frames, seed);
        int held = Math.round(frames.size() / 10f);
        return new SunnybrookSplit("lab", shuffled.subList(held, shuffled.size()), shuffled.subList(0, held));
    }

    /**
     * All frames of the patients {@code validation} on one side, the others on the other.
     *
     * @param validation patients by either name, SCD0000101 or SC-HF-I-01
     * @throws IllegalArgumentException if one of them has no frames
     */
    public static SunnybrookSplit patients(List<SunnybrookFrame> frames, Collection<String> validation) {
        Set<String> held = new HashSet<>();
        for (String name : validation) {
            held.add(frames.stream()
                    .filter(f -> f.patient().equals(name) || f.caseName().equals(PatientTable.caseFolder(name)))
                    .map(SunnybrookFrame::patient)
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException(
                            "there is no patient '%s'; there are %s".formatted(name, patients(frames)))));
        }
        return new SunnybrookSplit(
                "patient",
                frames.stream().filter(f -> !held.contains(f.patient())).toList(),
                frames.stream().filter(f -> held.contains(f.patient())).toList());
    }

    /** Patients at random: {@code fraction} of them, but at least one, for validation. */
    public static SunnybrookSplit patients(List<SunnybrookFrame> frames, double fraction, long seed) {
        List<String> patients = shuffled(patients(frames), seed);
        int held = Math.max(1, (int) Math.round(fraction * patients.size()));
        return patients(frames, patients.subList(0, Math.min(held, patients.size())));
    }

    private static List<String> patients(List<SunnybrookFrame> frames) {
        return frames.stream().map(SunnybrookFrame::patient).distinct().toList();
    }

    /** Fisher and Yates's shuffle. */
    static <T> List<T> shuffled(List<T> items, long seed) {
        List<T> shuffled = new ArrayList<>(items);
        RandomStream random = new RandomStream(seed);
        for (int i = shuffled.size() - 1; i > 0; i--) {
            Collections.swap(shuffled, i, random.below(i + 1));
        }
        return shuffled;
    }
}
