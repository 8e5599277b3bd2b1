package dev.aorta.data;

import dev.aorta.Shape;
import dev.aorta.io.FormatException;
import dev.aorta.io.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A file with a JSON object on each line, as many tools write data sets. */
public final class JsonLines {
    private JsonLines() {}

    /**
     * Reads a file.
     *
     * @param file UTF-8; empty lines are passed over
     * @param input name of the member that holds the input: a number, or arrays of numbers to any depth, all of one shape
     * @param label name of the member that holds the label, likewise
     * @return all samples, in the order of the file
     * @throws FormatException if a line breaks the format, lacks a member, or has another shape than the first, naming it
     * @throws IOException if the file cannot be read
     */
    public static InMemoryDataset read(Path file, String input, String label) throws IOException {
        List<float[]> inputs = new ArrayList<>();
        List<float[]> labels = new ArrayList<>();
        int[] inputDims = {};
        int[] labelDims = {};
        try (BufferedReader lines = Files.newBufferedReader(file)) {
            int number = 0;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                number++;
                if (line.isBlank()) {
                    continue;
                }
                try {
                    Json sample = Json.parse(line);
                    if (inputs.isEmpty()) {
                        inputDims = dims(sample.get(input));
                        labelDims = dims(sample.get(label));
                    }
                    inputs.add(numbers(sample.get(input), inputDims));
                    labels.add(numbers(sample.get(label), labelDims));
                } catch (FormatException e) {
                    throw new FormatException(file + ", line " + number + ": " + e.getMessage(), e);
                }
            }
        }
        if (inputs.isEmpty()) {
            throw new FormatException(file + ": there is no sample");
        }
        return new InMemoryDataset(join(inputs, inputDims), join(labels, labelDims));
    }

    private static int[] dims(Json value) throws FormatException {
        int[] dims = {};
        for (Json v = value; v instanceof Json.Arr array; v = array.elements().getFirst()) {
            if (array.elements().isEmpty()) {
                throw new FormatException("an empty array has no shape");
            }
            dims = Arrays.copyOf(dims, dims.length + 1);
            dims[dims.length - 1] = array.elements().size();
        }
        return dims;
    }

    private static float[] numbers(Json value, int[] dims) throws FormatException {
        float[] numbers = new float[Shape.of(dims).size()];
        fill(value, dims, 0, numbers, 0);
        return numbers;
    }

    private static int fill(Json value, int[] dims, int axis, float[] numbers, int at) throws FormatException {
        if (axis == dims.length) {
            numbers[at] = (float) value.asDouble();
            return at + 1;
        }
        List<Json> elements = value.asList();
        if (elements.size() != dims[axis]) {
            throw new FormatException("an array of " + elements.size() + " elements where that of the first sample has "
                    + dims[axis] + ", of shape " + Arrays.toString(dims));
        }
        int next = at;
        if (axis + 1 == dims.length) {
            for (double number : value.asDoubles()) {
                numbers[next++] = (float) number;
            }
            return next;
        }
        for (Json element : elements) {
            next = fill(element, dims, axis + 1, numbers, next);
        }
        return next;
    }

    private static Values join(List<float[]> samples, int[] dims) {
        int[] all = new int[dims.length + 1];
        all[0] = samples.size();
        System.arraycopy(dims, 0, all, 1, dims.length);
        Shape shape = Shape.of(all);
        float[] values = new float[shape.size()];
        int at = 0;
        for (float[] sample : samples) {
            System.arraycopy(sample, 0, values, at, sample.length);
            at += sample.length;
        }
        return new Values(values, shape);
    }
}
