package dev.aorta.nn;

import dev.aorta.Parameter;
import dev.aorta.Scope;
import dev.aorta.Shape;
import java.util.ArrayList;
import java.util.Arrays;
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

    /**
     * Memory that a network needs for an input of the stated shape, in bytes of float32. A kernel takes working memory beside it.
     *
     * @param parameters all of them
     * @param inference most that results have at one time when it predicts
     * @param step most that a training step holds: results, what their derivatives need, and gradients; within a fifth, for it is
     *     known exactly only when it runs. An optimiser's state comes to that, for Adam twice the weights
     */
    public record Memory(long parameters, long inference, long step) {}

    private final List<Row> rows;
    private final Memory memory;
    private final long trainable;
    private final long total;

    private Summary(List<Row> rows, List<Parameter> parameters, long inference, long step) {
        this.rows = List.copyOf(rows);
        this.memory = new Memory(
                Float.BYTES * count(parameters),
                Float.BYTES * inference,
                Float.BYTES
                        * (step
                                + count(parameters.stream()
                                        .filter(Parameter::trainable)
                                        .toList())));
        total = count(parameters);
        trainable = count(parameters.stream().filter(Parameter::trainable).toList());
    }

    /**
     * Summary of any network, from {@linkplain Scope#dryRun() dry runs} of a training step and of a prediction; nothing is computed
     * or changed.
     *
     * @param network left as it is
     * @param input shape of the network's input
     * @return the summary
     * @throws dev.aorta.ShapeException when the network does not take such an input
     */
    public static Summary of(Layer network, Shape input) {
        long inference;
        try (Scope run = Scope.dryRun()) {
            network.forward(run.placeholder(input), Pass.INFERENCE);
            inference = run.peakElements();
        }
        try (Scope run = Scope.dryRun()) {
            network.forward(run.placeholder(input), Pass.training(0, 0));
            return new Summary(rows(run.trace()), network.parameters(), inference, step(input.size(), run.trace()));
        }
    }

    /**
     * The most elements that a backward pass finds on its way from the last operation to the first: the results up to there and what
     * they save, and the gradients of the operation's result and operands.
     */
    private static long step(long input, List<Scope.Traced> operations) {
        long held = input;
        long most = held;
        for (Scope.Traced t : operations) {
            long output = t.output().shape().size();
            held += output
                    + Arrays.stream(t.op().savedSizes(true)).asLongStream().sum();
            long operands = t.inputs().stream()
                    .filter(o -> !(o.tensor() instanceof Parameter))
                    .mapToLong(o -> o.memory().size())
                    .sum();
            most = Math.max(most, held + output + operands);
        }
        return most;
    }

    /** {@return the memory that the network needs} */
    public Memory memory() {
        return memory;
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
        s.append(String.format(Locale.ROOT, "%-24s %-22s %,12d (%,d trainable)%n", "total", "", total, trainable));
        return s.append(String.format(
                        Locale.ROOT,
                        "memory: parameters %.1f MB, a prediction %.1f MB, a training step %.1f MB%n",
                        memory.parameters / 1e6,
                        memory.inference / 1e6,
                        memory.step / 1e6))
                .toString();
    }

    private static long count(List<Parameter> parameters) {
        return parameters.stream().mapToLong(p -> p.shape().size()).sum();
    }
}
