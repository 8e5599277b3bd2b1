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
     * Writes parameters with a digest, whole or not at all.
     *
     * @param file replaced or created
     * @param parameters of the network, each with a name of its own
     * @param metadata about the network, for example how to build it again
     * @throws IOException if the file cannot be written
     * @throws IllegalArgumentException if two parameters have one name, or one holds what is not a finite number
     */
    public static void save(Path file, Collection<Parameter> parameters, Map<String, String> metadata)
            throws IOException {
        SequencedMap<String, Safetensors.Entry> tensors = new LinkedHashMap<>();
        for (Parameter p : Parameter.distinct("checkpoint", parameters)) {
            tensors.put(p.name(), entry(p));
        }
        new Safetensors(metadata, tensors).digested().write(file);
    }

    /**
     * A parameter as it is saved.
     *
     * @param p left as it is
     * @return a float32 tensor of the same shape, its values copied
     * @throws IllegalArgumentException if it holds what is not a finite number
     */
    public static Safetensors.Entry entry(Parameter p) {
        float[] values = p.toArray();
        int at = notFinite(values);
        if (at >= 0) {
            throw new IllegalArgumentException("[checkpoint] " + p + " holds " + values[at] + " at element " + at
                    + " and is not saved: lower the learning rate, or clip the gradients");
        }
        return Safetensors.Entry.of(values, p.shape().dims());
    }

    /** The place of the first value that is NaN or infinite, or -1. */
    private static int notFinite(float[] values) {
        for (int i = 0; i < values.length; i++) {
            if (!Float.isFinite(values[i])) {
                return i;
            }
        }
        return -1;
    }

    /**
     * Sets parameters to what a file holds; either all or none are changed.
     *
     * @param file for messages
     * @param saved what was read from it
     * @param parameters modified
     * @throws FormatException if the names or the shapes are not those of the parameters, or a value is not a finite number
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
            values.put(p, floats(file, p, entry));
        }
        if (saved.tensors().size() != values.size()) {
            throw new FormatException(file + ": holds " + saved.tensors().size() + " tensors, the network has "
                    + values.size() + "; the file is of another network");
        }
        values.forEach((p, v) -> p.set(v));
    }

    private static float[] floats(Path file, Parameter p, Safetensors.Entry entry) throws FormatException {
        float[] values;
        try {
            values = entry.floats();
        } catch (FormatException e) {
            throw new FormatException(file + ": tensor '" + p.name() + "': " + e.getMessage(), e);
        }
        int at = notFinite(values);
        if (at >= 0) {
            throw new FormatException(file + ": tensor '" + p.name() + "' holds " + values[at] + " at element " + at
                    + ", which is no weight; the file is damaged, or of a training that failed");
        }
        return values;
    }
}
