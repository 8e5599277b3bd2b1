package dev.aorta.unet.imaging;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.TreeMap;

/** Turns the Sunnybrook data into a {@link SliceFolder}. */
public final class SunnybrookDataset {
    private SunnybrookDataset() {}

    /**
     * Writes the frames of {@code split} to {@code out}, with a manifest that holds the SHA-256 of every file they came from.
     *
     * @param seed what the split was made with, for the manifest
     * @throws IOException if a source cannot be read or the folder cannot be written
     */
    public static void write(Sunnybrook.Survey survey, SunnybrookSplit split, SliceSchema schema, long seed, Path out)
            throws IOException {
        SliceFolder.create(out);
        SequencedMap<String, Object> manifest = new LinkedHashMap<>();
        manifest.put("source", "Sunnybrook Cardiac Data");
        manifest.put("schema", schema.name());
        manifest.put("split", split.kind());
        manifest.put("seed", seed);
        manifest.put("train", writeSide(out.resolve(SliceFolder.TRAIN), schema, split.train()));
        manifest.put("validation", writeSide(out.resolve(SliceFolder.VALIDATION), schema, split.validation()));
        manifest.put("notes", survey.notes());
        manifest.put("sha256", sources(survey, split));
        SliceFolder.writeManifest(out, manifest);
    }

    private static SequencedMap<String, Object> writeSide(Path file, SliceSchema schema, List<SunnybrookFrame> frames)
            throws IOException {
        SliceFolder.writeSlices(file, schema, frames.size(), i -> frames.get(i).read());
        SequencedMap<String, Object> side = new LinkedHashMap<>();
        side.put("file", file.getFileName().toString());
        side.put("records", frames.size());
        side.put(
                "patients",
                frames.stream()
                        .map(SunnybrookFrame::patient)
                        .distinct()
                        .sorted()
                        .toList());
        side.put("frames", frames.stream().map(SunnybrookFrame::name).toList());
        return side;
    }

    private static SequencedMap<String, Object> sources(Sunnybrook.Survey survey, SunnybrookSplit split)
            throws IOException {
        SequencedMap<String, Object> hashes = new TreeMap<>();
        for (List<SunnybrookFrame> side : List.of(split.train(), split.validation())) {
            for (SunnybrookFrame frame : side) {
                for (Path file : List.of(frame.image(), frame.contour())) {
                    hashes.put(survey.root().relativize(file).toString().replace('\\', '/'), sha256(file));
                }
            }
        }
        return hashes;
    }

    private static String sha256(Path file) throws IOException {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
