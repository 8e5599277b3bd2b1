package dev.aorta.unet.registry;

import dev.aorta.io.FormatException;
import dev.aorta.io.Json;
import dev.aorta.unet.signing.FileManifest;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** The versions that follow from the entries of a log. */
final class Replay implements AuditLog.Reader {
    private final Path folder;
    private final SequencedMap<String, ModelVersion> versions = new LinkedHashMap<>();
    private final SequencedMap<String, ModelVersion> deleted = new LinkedHashMap<>();
    private final Map<String, Integer> numbers = new HashMap<>();
    private int entries;

    Replay(Path folder) {
        this.folder = folder;
    }

    /** Those that are there, in the order in which they came. */
    Collection<ModelVersion> versions() {
        return versions.values();
    }

    /** Those that were deleted. */
    Collection<ModelVersion> deleted() {
        return deleted.values();
    }

    /** The highest number that a version of a model ever had; 0 where there was none. */
    int lastNumber(String model) {
        return numbers.getOrDefault(model, 0);
    }

    /**
     * One version.
     *
     * @throws FormatException if there is none
     */
    ModelVersion version(String model, int number) throws FormatException {
        ModelVersion version = versions.get(model + "/" + number);
        if (version == null) {
            throw new FormatException(
                    folder + ": there is no version " + number + " of '" + model + "'; see 'unet models'");
        }
        return version;
    }

    /** How many entries were taken, by the number of the last one. */
    int entries() {
        return entries;
    }

    @Override
    public void take(AuditLog.Entry entry) throws FormatException {
        entries = entry.number();
        Json what = entry.what();
        if (entry.event().equals("access")) {
            return;
        }
        String model = what.get("model").asText();
        int number = what.get("version").asInt();
        String id = model + "/" + number;
        ModelVersion version = versions.get(id);
        if (entry.event().equals("register")) {
            numbers.merge(model, number, Math::max);
            Path place = folder.resolve("models").resolve(model).resolve(Integer.toString(number));
            versions.put(
                    id,
                    new ModelVersion(
                            model,
                            number,
                            place,
                            entry.time(),
                            entry.who(),
                            Set.of(),
                            texts(what.get("tags")),
                            FileManifest.of(texts(what.get("files"))),
                            texts(what.get("lineage"))));
        } else if (version != null) {
            switch (entry.event()) {
                case "alias" -> move(what.get("alias").asText(), version);
                case "tag" -> {
                    SequencedMap<String, String> tags = new LinkedHashMap<>(version.tags());
                    tags.put(what.get("tag").asText(), what.get("value").asText());
                    versions.put(id, with(version, version.aliases(), tags, version.files()));
                }
                case "attest" -> {
                    TreeMap<String, String> files =
                            new TreeMap<>(version.files().digests());
                    files.put(what.get("file").asText(), what.get("sha256").asText());
                    versions.put(id, with(version, version.aliases(), version.tags(), new FileManifest(files)));
                }
                case "delete" -> {
                    versions.remove(id);
                    deleted.put(id, version);
                }
                default ->
                    throw new FormatException("the log has an event '" + entry.event() + "', which is not known");
            }
        }
    }

    private void move(String alias, ModelVersion to) {
        versions.replaceAll((id, v) -> {
            Set<String> aliases = new TreeSet<>(v.aliases());
            if (v.model().equals(to.model())) {
                aliases.remove(alias);
            }
            if (v == to) {
                aliases.add(alias);
            }
            return with(v, aliases, v.tags(), v.files());
        });
    }

    private static ModelVersion with(
            ModelVersion v, Set<String> aliases, Map<String, String> tags, FileManifest files) {
        return new ModelVersion(
                v.model(), v.number(), v.folder(), v.time(), v.who(), aliases, tags, files, v.lineage());
    }

    private static SequencedMap<String, String> texts(Json json) throws FormatException {
        SequencedMap<String, String> texts = new LinkedHashMap<>();
        for (var member : json.asObject().entrySet()) {
            texts.put(member.getKey(), member.getValue().asText());
        }
        return texts;
    }
}
