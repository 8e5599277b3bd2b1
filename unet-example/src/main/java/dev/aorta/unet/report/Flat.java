package dev.aorta.unet.report;

import dev.aorta.io.Json;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.stream.Collectors;

/** The values of JSON by their path, such as {@code model.depth}. */
final class Flat {
    private static final int MOST_MEMBERS = 20;
    private static final int MOST_ELEMENTS = 12;

    private Flat() {}

    /** Of long lists and objects of many members there is only how many they have. */
    static SequencedMap<String, String> of(Json json) {
        SequencedMap<String, String> flat = new LinkedHashMap<>();
        add("", json, flat);
        return flat;
    }

    private static void add(String path, Json json, SequencedMap<String, String> flat) {
        if (json instanceof Json.Obj object && object.members().size() <= MOST_MEMBERS) {
            object.members().forEach((name, value) -> add(path.isEmpty() ? name : path + "." + name, value, flat));
        } else if (json instanceof Json.Obj object) {
            flat.put(path, object.members().size() + " entries");
        } else if (json instanceof Json.Arr array && array.elements().size() <= MOST_ELEMENTS) {
            flat.put(path, array.elements().stream().map(Flat::text).collect(Collectors.joining(", ")));
        } else if (json instanceof Json.Arr array) {
            flat.put(path, array.elements().size() + " entries");
        } else {
            flat.put(path, text(json));
        }
    }

    private static String text(Json json) {
        return json instanceof Json.Text t ? t.value() : json.compact();
    }
}
