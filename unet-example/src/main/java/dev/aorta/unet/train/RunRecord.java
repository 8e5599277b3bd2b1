package dev.aorta.unet.train;

import dev.aorta.Device;
import dev.aorta.cluster.ProcessGroup;
import dev.aorta.data.TfRecordFiles;
import dev.aorta.io.AtomicFile;
import dev.aorta.io.FormatException;
import dev.aorta.io.Json;
import dev.aorta.unet.imaging.Sha256;
import dev.aorta.unet.imaging.SliceFolder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/**
 * What {@code config.json} says of a training: everything that decides how it goes, and where it began.
 *
 * @param config the settings
 * @param digests SHA-256 of each data file, by its name, taken before the first epoch
 * @param device that it is trained on
 * @param simd vector width on which the last bits depend, as property {@code aorta.simd} takes it; empty where they do not
 * @param environment of the process that began it, by name
 * @param command the arguments that began it
 */
public record RunRecord(
        TrainingConfig config,
        Map<String, String> digests,
        String device,
        String simd,
        Map<String, String> environment,
        List<String> command) {
    private static final List<String> FILES = List.of(SliceFolder.TRAIN, SliceFolder.VALIDATION);

    /**
     * A training that begins here and now; reads the data once.
     *
     * @param group of the processes that train together, all of which call this
     */
    public static RunRecord begin(TrainingConfig config, Device device, List<String> command, ProcessGroup group)
            throws IOException {
        return new RunRecord(
                config,
                sources(config.data(), group),
                device.toString(),
                device.backend().simd(),
                Provenance.here(device),
                List.copyOf(command));
    }

    /**
     * The same with the data in another folder.
     *
     * @throws FormatException if they are other data
     */
    public RunRecord with(Path data) throws IOException {
        return with(data, ProcessGroup.alone());
    }

    /** As {@link #with(Path)}, called by all processes of a group. */
    public RunRecord with(Path data, ProcessGroup group) throws IOException {
        Map<String, String> now = digests(data, group);
        for (String file : digests.keySet()) {
            if (!file.equals(SliceFolder.MANIFEST) && !digests.get(file).equals(now.get(file))) {
                throw new FormatException(data.resolve(file)
                        + ": these are not the data of the training: their SHA-256 is " + now.get(file) + " and was "
                        + digests.get(file) + "; name the folder with the same ones with --data");
            }
        }
        return new RunRecord(config.withData(data), digests, device, simd, environment, command);
    }

    /**
     * The same, if the data are still those that it was trained on; where they are not local each record shows that when it is read.
     *
     * @throws FormatException if they are not
     */
    public RunRecord checked() throws IOException {
        return config.isLocal() ? with(config.data()) : this;
    }

    /** The data, and the manifest that has the digests of what they were made from, where there is one. */
    private static Map<String, String> sources(Path data, ProcessGroup group) throws IOException {
        Map<String, String> sources = digests(data, group);
        Path manifest = data.resolve(SliceFolder.MANIFEST);
        if (Files.isRegularFile(manifest)) {
            sources.put(SliceFolder.MANIFEST, Sha256.of(manifest));
        }
        return sources;
    }

    /** By the name of the file, or those of its shards. */
    private static Map<String, String> digests(Path data, ProcessGroup group) throws IOException {
        List<String> names = new ArrayList<>();
        List<Path> all = new ArrayList<>();
        for (String name : FILES) {
            List<Path> files = TfRecordFiles.find(data.resolve(name));
            if (files.isEmpty()) {
                throw new FormatException(
                        data.resolve(name) + ": there is no such file; name the folder of the data with --data");
            }
            for (Path file : files) {
                names.add(files.size() == 1 ? name : String.valueOf(file.getFileName()));
                all.add(file);
            }
        }
        SequencedMap<String, String> digests = new LinkedHashMap<>();
        List<String> values = TrainingConfig.isLocal(data) ? Sha256.of(all) : shared(all, group);
        for (int i = 0; i < all.size(); i++) {
            digests.put(names.get(i), values.get(i));
        }
        return digests;
    }

    /** Of files that all processes see, each is read by one of them. */
    private static List<String> shared(List<Path> files, ProcessGroup group) throws IOException {
        List<Path> own = new ArrayList<>();
        for (int i = group.rank(); i < files.size(); i += group.size()) {
            own.add(files.get(i));
        }
        byte[][] read = group.allGather(String.join("\n", Sha256.of(own)).getBytes(StandardCharsets.US_ASCII));
        List<Iterator<String>> ofProcess = new ArrayList<>();
        for (byte[] digests : read) {
            ofProcess.add(new String(digests, StandardCharsets.US_ASCII).lines().iterator());
        }
        List<String> all = new ArrayList<>();
        for (int i = 0; i < files.size(); i++) {
            all.add(ofProcess.get(i % group.size()).next());
        }
        return all;
    }

    /** What must be the same when the training goes on. */
    Map<String, String> facts() {
        Map<String, String> facts = new LinkedHashMap<>(digests);
        SequencedMap<String, Object> settings = new LinkedHashMap<>(config.toJson());
        settings.remove("data");
        facts.put("configuration", Json.of(settings).compact());
        return facts;
    }

    // ---- as a file

    /** Writes {@code config.json}, whole or not at all. */
    public void write(RunFolder run) throws IOException {
        SequencedMap<String, Object> m = new LinkedHashMap<>(config.toJson());
        m.put("device", device);
        m.put("simd", simd);
        m.put("data_sha256", digests);
        m.put("environment", environment);
        m.put("command", command);
        byte[] json = Json.of(m).pretty().getBytes(StandardCharsets.UTF_8);
        AtomicFile.write(run.config(), out -> out.write(json));
    }

    /**
     * Reads {@code config.json}.
     *
     * @throws FormatException if it is not of a training of this version
     */
    public static RunRecord read(RunFolder run) throws IOException {
        try {
            Json json = Json.parse(Files.readAllBytes(run.config()));
            List<Json> command = json.get("command").asList();
            String[] words = new String[command.size()];
            for (int i = 0; i < words.length; i++) {
                words[i] = command.get(i).asText();
            }
            return new RunRecord(
                    TrainingConfig.of(json),
                    texts(json.get("data_sha256")),
                    json.get("device").asText(),
                    json.get("simd").asText(),
                    texts(json.get("environment")),
                    List.of(words));
        } catch (FormatException | IllegalArgumentException e) {
            throw new FormatException(
                    run.config() + ": it does not describe a training of this version: " + e.getMessage(), e);
        }
    }

    private static SequencedMap<String, String> texts(Json json) throws FormatException {
        SequencedMap<String, String> texts = new LinkedHashMap<>();
        for (var member : json.asObject().entrySet()) {
            texts.put(member.getKey(), member.getValue().asText());
        }
        return texts;
    }
}
