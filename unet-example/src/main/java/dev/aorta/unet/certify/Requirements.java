package dev.aorta.unet.certify;

import dev.aorta.io.FormatException;
import dev.aorta.io.Json;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * What a model must do.
 *
 * @param name of the whole
 * @param rows one requirement each
 */
record Requirements(String name, List<Requirement> rows) {
    private static final int MOST_BYTES = 1 << 20;
    private static final Set<String> MEMBERS = Set.of("id", "measure", "under", "strength", "min", "max");

    /**
     * One requirement: a measure, perhaps under a disturbance, that must not be lower or higher than a limit.
     *
     * @param id by which it is called
     * @param atLeast whether the limit is the lowest value, and not the highest
     */
    record Requirement(String id, Measure measure, Disturbance under, double strength, double limit, boolean atLeast) {
        /** Under what it is measured, such as {@code noise 0.1}. */
        String condition() {
            return under == Disturbance.NONE ? under.text() : under.text() + " " + strength;
        }

        boolean met(double measured) {
            return atLeast ? measured >= limit : measured <= limit;
        }

        SequencedMap<String, Object> toJson() {
            SequencedMap<String, Object> m = new LinkedHashMap<>();
            m.put("id", id);
            m.put("measure", measure.text());
            m.put("under", under.text());
            m.put("strength", strength);
            m.put(atLeast ? "min" : "max", limit);
            return m;
        }
    }

    /**
     * Reads a YAML file.
     *
     * @throws FormatException if it holds something else
     */
    static Requirements read(Path file) throws IOException {
        if (Files.size(file) > MOST_BYTES) {
            throw new FormatException(file + ": it is larger than 1 MiB");
        }
        LoadSettings strict = LoadSettings.builder()
                .setLabel(file.toString())
                .setAllowDuplicateKeys(false)
                .setMaxAliasesForCollections(10)
                .build();
        try {
            return of(Json.of(new Load(strict).loadFromString(Files.readString(file))));
        } catch (CharacterCodingException e) {
            throw new FormatException(file + ": these are no requirements: the text is not UTF-8", e);
        } catch (YamlEngineException | ClassCastException | FormatException | IllegalArgumentException e) {
            throw new FormatException(file + ": these are no requirements: " + e.getMessage(), e);
        }
    }

    private static Requirements of(Json yaml) throws FormatException {
        List<Requirement> rows = new ArrayList<>();
        Set<String> ids = new HashSet<>();
        for (Json row : yaml.get("requirements").asList()) {
            Requirement requirement = requirement(row);
            if (!ids.add(requirement.id)) {
                throw new FormatException("two requirements are called " + requirement.id);
            }
            rows.add(requirement);
        }
        if (rows.isEmpty()) {
            throw new FormatException("there is none");
        }
        return new Requirements(yaml.get("name").asText(), rows);
    }

    static Requirement requirement(Json row) throws FormatException {
        String id = row.get("id").asText();
        for (String member : row.asObject().keySet()) {
            if (!MEMBERS.contains(member) && !member.equals("measured") && !member.equals("passed")) {
                throw new FormatException(id + ": '" + member + "' is not known; there are " + MEMBERS);
            }
        }
        Double least = number(row, "min");
        Double most = number(row, "max");
        if ((least == null) == (most == null)) {
            throw new FormatException(id + ": it needs either min or max");
        }
        Measure measure = named(Measure.values(), id, row.get("measure").asText());
        Json under = row.asObject().get("under");
        Disturbance disturbance = under == null ? Disturbance.NONE : named(Disturbance.values(), id, under.asText());
        Double strength = number(row, "strength");
        boolean disturbed = disturbance != Disturbance.NONE;
        if (disturbed && (strength == null || !measure.functional())) {
            throw new FormatException(
                    id + ": under " + disturbance.text() + " it needs a strength, and a measure of masks");
        }
        return new Requirement(
                id,
                measure,
                disturbance,
                strength == null ? 0 : strength,
                least != null ? least : Objects.requireNonNull(most),
                least != null);
    }

    private static @Nullable Double number(Json row, String name) throws FormatException {
        Json value = row.asObject().get(name);
        return value == null ? null : Double.valueOf(value.asDouble());
    }

    private static <E extends Enum<E>> E named(E[] all, String id, String text) throws FormatException {
        List<String> names = new ArrayList<>();
        for (E one : all) {
            String name = one.name().toLowerCase(Locale.ROOT);
            if (name.equals(text)) {
                return one;
            }
            names.add(name);
        }
        throw new FormatException(id + ": '" + text + "' is not known; there are " + String.join(", ", names));
    }
}
