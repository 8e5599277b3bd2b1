package dev.aorta.nn;

import dev.aorta.Parameter;
import dev.aorta.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A table of a network's layers, as Keras' {@code summary()} prints it. */
public final class Summary {
    /**
     * One line of the table.
     *
     * @param layer the layer's name
     * @param output shape of what it makes
     * @param parameters number of values in its parameters
     */
    public record Row(String layer, Shape output, long parameters) {}

    private final List<Row> rows;
    private final long trainable;
    private final long total;

    private Summary(List<Row> rows, List<Parameter> parameters) {
        this.rows = List.copyOf(rows);
        total = count(parameters);
        trainable = count(parameters.stream().filter(Parameter::trainable).toList());
    }

    /**
     * Summary of layers that run one after another.
     *
     * @param input shape of the network's input
     */
    public static Summary of(Sequential network, Shape input) {
        List<Row> rows = new ArrayList<>();
        Shape s = input;
        for (Layer layer : network.layers()) {
            s = layer.outputShape(s);
            rows.add(row(layer, s));
        }
        return new Summary(rows, network.parameters());
    }

    /** Summary from rows of the caller's making, for networks with branches. */
    public static Summary of(List<Row> rows, List<Parameter> parameters) {
        return new Summary(rows, parameters);
    }

    /** The row of one layer. */
    public static Row row(Layer layer, Shape output) {
        return new Row(layer.name(), output, count(layer.parameters()));
    }

    /** The lines of the table. */
    public List<Row> rows() {
        return rows;
    }

    /** Number of values in all parameters. */
    public long total() {
        return total;
    }

    /** Number of values that training changes. */
    public long trainable() {
        return trainable;
    }

    /** The table as text. */
    @Override
    public String toString() {
        StringBuilder s =
                new StringBuilder(String.format(Locale.ROOT, "%-24s %-22s %12s%n", "layer", "output", "parameters"));
        for (Row r : rows) {
            s.append(String.format(Locale.ROOT, "%-24s %-22s %,12d%n", r.layer, r.output, r.parameters));
        }
        return s.append(String.format(
                        Locale.ROOT, "%-24s %-22s %,12d (%,d trainable)%n", "total", "", total, trainable))
                .toString();
    }

    private static long count(List<Parameter> parameters) {
        return parameters.stream().mapToLong(p -> p.shape().size()).sum();
    }
}
