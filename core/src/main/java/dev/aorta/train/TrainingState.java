package dev.aorta.train;

import dev.aorta.Parameter;
import dev.aorta.io.Checkpoint;
import dev.aorta.io.FormatException;
import dev.aorta.io.Safetensors;
import dev.aorta.nn.Layer;
import dev.aorta.optim.Optimizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A training between two epochs as one safetensors file: the parameters of the network, the state of the optimiser, and the steps
 * and epochs taken. A training that goes on from it computes what it would have computed without the break, unless its schedule
 * remembers scores.
 */
public final class TrainingState {
    private static final String STEPS = "aorta.steps";
    private static final String EPOCHS = "aorta.epochs";

    private TrainingState() {}

    /**
     * Writes a file, whole or not at all.
     *
     * @param epochs trained
     */
    public static void save(Path file, Layer network, Optimizer optimizer, int epochs) throws IOException {
        Checkpoint.save(
                file,
                parameters(network, optimizer),
                Map.of(STEPS, Long.toString(optimizer.steps()), EPOCHS, Integer.toString(epochs)));
    }

    /**
     * Sets a network and its optimiser to what a file holds; either all or nothing is changed.
     *
     * @return epochs trained, for {@link Trainer#resumeAfter}
     * @throws FormatException if the file is not of such a training
     */
    public static int restore(Path file, Layer network, Optimizer optimizer) throws IOException {
        Safetensors saved = Safetensors.read(file);
        long steps = count(file, saved, STEPS);
        int epochs = Math.toIntExact(count(file, saved, EPOCHS));
        Checkpoint.restore(file, saved, parameters(network, optimizer));
        optimizer.resumeAt(steps);
        return epochs;
    }

    private static List<Parameter> parameters(Layer network, Optimizer optimizer) {
        List<Parameter> all = new ArrayList<>(network.parameters());
        all.addAll(optimizer.state().values());
        return all;
    }

    private static long count(Path file, Safetensors saved, String name) throws FormatException {
        String text = saved.metadata().getOrDefault(name, "");
        if (!text.matches("\\d{1,9}")) {
            throw new FormatException(file + ": '" + name + "' is not a count but '" + text
                    + "'; the file is not the state of a training");
        }
        return Long.parseLong(text);
    }
}
