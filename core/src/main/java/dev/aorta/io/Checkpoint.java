package dev.aorta.io;

import dev.aorta.Parameter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/** Parameters as a safetensors file: each under its own name, with what the caller says about them in the metadata. */
public final class Checkpoint {
    private Checkpoint() {}

    /**
     * Writes parameters, whole or not at all.
     *
     * @param metadata about the network, for example how to build it again
     * @throws IllegalArgumentException if two parameters have one name
     */
    public static void save(Path file, Collection<Parameter> parameters, Map<String, String> metadata)
            throws IOException {
        SequencedMap<String, Safetensors.Entry> tensors = new LinkedHashMap<>();
        for (Parameter p : Parameter.distinct("checkpoint", parameters)) {
            tensors.put(p.name(), Safetensors.Entry.of(p.toArray(), p.shape().dims()));
        }
        new Safetensors(metadata, tensors).write(file);
    }

    /**
     * Sets parameters to what a file holds; either all or none are changed.
     *
     * @param file for messages
     * @param saved what was read from it
     * @param parameters modified
     * @throws FormatException if the names or the shapes are not those of the parameters
     * @throws IllegalArgumentException if two parameters have one name
     */
    public static void restore(Path file, Safetensors saved, Collection<Parameter> parameters) throws FormatException {
        Map<Parameter, float[]> values = new LinkedHashMap<>();
        for (Parameter p : Parameter.distinct("checkpoint", parameters)) {
            Safetensors.Entry entry = saved.tensors().get(p.name());
            if (entry == null) {
                throw new FormatException(file + ": there is no tensor '" + p.name() + "' " + p.shape()
                        + "; the file is of another network");
            }
            if (!Arrays.equals(entry.shape(), p.shape().dims())) {
                throw new FormatException(file + ": tensor '" + p.name() + "' is " + Arrays.toString(entry.shape())
                        + ", the network needs " + p.shape());
            }
            try {
                values.put(p, entry.floats());
            } catch (FormatException e) {
                throw new FormatException(file + ": tensor '" + p.name() + "': " + e.getMessage(), e);
            }
        }
        if (saved.tensors().size() != values.size()) {
            throw new FormatException(file + ": holds " + saved.tensors().size() + " tensors, the network has "
                    + values.size() + "; the file is of another network");
        }
        values.forEach((p, v) -> p.set(v));
    }
}
