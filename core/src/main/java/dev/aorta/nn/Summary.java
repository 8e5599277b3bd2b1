package dev.aorta.nn;

import dev.aorta.Parameter;
import dev.aorta.Scope;
import dev.aorta.Shape;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * A table of what a network does with its input, as Keras' {@code summary()} prints it: a row for each layer that has
 * parameters, and for each operation without any.
 */
public final class Summary {
    /**
     * One line of the table.
     *
     * @param layer the layer's name, which is that of its parameters up to the last dot, or the operation's name
     * @param output shape of what it makes
     * @param parameters number of values in its parameters that no row above has
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
     * Summary of any network, from a {@linkplain Scope#dryRun() dry run} of a training step; nothing is computed or changed.
     *
     * @param network left as it is
     * @param input shape of the network's input
     * @return the summary
     * @throws dev.aorta.ShapeException when the network does not take such an input
     */
    public static Summary of(Layer network, Shape input) {
        try (Scope run = Scope.dryRun()) {
            network.forward(run.placeholder(input), Pass.training(0, 0));
            return new Summary(rows(run.trace()), network.parameters());
        }
    }

    private static List<Row> rows(List<Scope.Traced> operations) {
        List<Row> rows = new ArrayList<>();
        Set<Parameter> counted = new HashSet<>();
        String layer = "";
        for (Scope.Traced op : operations) {
            long parameters =
                    count(op.parameters().stream().filter(counted::add).toList());
            if (!op.layer().isEmpty() && op.layer().equals(layer)) {
                parameters += rows.removeLast().parameters();
            }
            layer = op.layer();
            rows.add(new Row(
                    layer.isEmpty() ? op.op().name() : layer, op.output().shape(), parameters));
        }
        return rows;
    }

    /** {@return the lines of the table} */
    public List<Row> rows() {
        return rows;
    }

    /** {@return the number of values in all parameters} */
    public long total() {
        return total;
    }

    /** {@return the number of values that training changes} */
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
