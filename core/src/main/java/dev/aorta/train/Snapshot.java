package dev.aorta.train;

import dev.aorta.Device;
import dev.aorta.Parameter;
import dev.aorta.io.Checkpoint;
import dev.aorta.io.FormatException;
import dev.aorta.io.Json;
import dev.aorta.io.Safetensors;
import dev.aorta.io.Safetensors.DType;
import dev.aorta.io.Safetensors.Entry;
import dev.aorta.metric.Scores;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A training at one moment as a safetensors file. Tensors: the parameters and running statistics, the optimiser's state and the
 * averages under their names; as float64 {@code aorta.history}, a row for each epoch, {@code aorta.callback.NAME}, what a callback
 * remembers, and in the middle of an epoch {@code aorta.tally}, what its batches came to. The metadata {@code aorta.training} hold
 * the counts, what must be the same in the training that goes on, and where this one ran. Nothing random is in it but the seed:
 * order, augmentation and dropout are functions of seed, epoch, sample and step.
 */
final class Snapshot {
    private static final System.Logger LOG = System.getLogger(Snapshot.class.getName());
    private static final String KEY = "aorta.training";
    private static final String OURS = "aorta.";
    private static final String TALLY = "aorta.tally";
    private static final String HISTORY = "aorta.history";
    private static final String CALLBACK = "aorta.callback.";

    private final Fit fit;
    private final Device device;
    private final List<Parameter> parameters;
    private final Map<String, String> facts;

    /**
     * Says what is saved.
     *
     * @param parameters all tensors of the training
     * @param facts that must be the same in the training that goes on
     */
    Snapshot(Fit fit, Device device, List<Parameter> parameters, Map<String, String> facts) {
        this.fit = fit;
        this.device = device;
        this.parameters = Parameter.distinct("checkpoint", parameters);
        this.facts = new TreeMap<>(facts);
    }

    /** What must be the same in a training that goes on, and in all processes. */
    Map<String, String> facts() {
        return facts;
    }

    // ---- to a file

    /**
     * The training now.
     *
     * @param batches of the epoch under way, or 0 between two epochs
     * @return null when its meter cannot be saved in the middle of an epoch
     */
    @Nullable
    Safetensors take(int batches) {
        SequencedMap<String, Entry> tensors = new LinkedHashMap<>();
        parameters.forEach(p -> tensors.put(p.name(), Checkpoint.entry(p)));
        states().forEach((name, callback) -> tensors.put(name, entry(callback.state())));
        List<EpochScores> history = fit.history();
        if (!history.isEmpty()) {
            double[][] rows = history.stream().map(Snapshot::row).toArray(double[][]::new);
            tensors.put(HISTORY, entry(rows));
        }
        if (batches > 0) {
            double[] tally = fit.tally().state();
            if (tally == null) {
                return null;
            }
            tensors.put(TALLY, entry(tally));
        }
        return new Safetensors(Map.of(KEY, described(batches).compact()), tensors).digested();
    }

    private Json described(int batches) {
        SequencedMap<String, Object> m = new LinkedHashMap<>();
        m.put("epochs", fit.trained());
        m.put("rows", fit.history().size());
        m.put("batches", batches);
        m.put("steps", fit.optimizer().steps());
        m.put("planned", fit.epochs());
        m.put("stopped", fit.stoppedBecause());
        m.put("training", names(fit.history(), false));
        m.put("validation", names(fit.history(), true));
        m.put("same", facts);
        m.put("ran", environment());
        return Json.of(m);
    }

    private static List<String> names(List<EpochScores> history, boolean validation) {
        Scores scores = history.isEmpty()
                ? null
                : validation
                        ? history.getFirst().validation()
                        : history.getFirst().training();
        return scores == null ? List.of() : List.copyOf(scores.values().keySet());
    }

    /** Epoch, rate, samples and scores of the training, samples and scores of the validation. */
    private static double[] row(EpochScores epoch) {
        List<Double> row = new ArrayList<>(List.of((double) epoch.epoch(), epoch.rate()));
        add(row, epoch.training());
        if (epoch.validation() != null) {
            add(row, epoch.validation());
        }
        return row.stream().mapToDouble(v -> v).toArray();
    }

    private static void add(List<Double> row, Scores scores) {
        row.add((double) scores.samples());
        row.addAll(scores.values().values());
    }

    /** The callbacks that remember something, by the names of their states: their classes, numbered where there are several. */
    private SequencedMap<String, Callback> states() {
        SequencedMap<String, Callback> named = new LinkedHashMap<>();
        for (Callback callback : fit.callbacks()) {
            if (callback.state().length > 0) {
                String name = CALLBACK + callback.getClass().getSimpleName();
                int number = 1;
                while (named.containsKey(number == 1 ? name : name + number)) {
                    number++;
                }
                named.put(number == 1 ? name : name + number, callback);
            }
        }
        return named;
    }

    private SequencedMap<String, Object> environment() {
        SequencedMap<String, Object> m = new LinkedHashMap<>();
        String version = Snapshot.class.getPackage().getImplementationVersion();
        m.put("aorta", version == null ? "development build" : version);
        m.put("java", System.getProperty("java.runtime.version"));
        m.put("device", device.toString());
        m.put("simd", device.backend().simd());
        return m;
    }

    private static Entry entry(double[]... rows) {
        ByteBuffer data = ByteBuffer.allocate(Math.multiplyExact(Double.BYTES * rows.length, rows[0].length))
                .order(ByteOrder.LITTLE_ENDIAN);
        for (double[] row : rows) {
            data.asDoubleBuffer().put(row);
            data.position(data.position() + Double.BYTES * row.length);
        }
        return rows.length == 1
                ? Entry.of(DType.F64, data.array(), rows[0].length)
                : Entry.of(DType.F64, data.array(), rows.length, rows[0].length);
    }

    // ---- from a file

    /**
     * Sets network, optimiser, callbacks and history to what a file holds.
     *
     * @param file for messages
     * @return batches of the epoch under way; they are counted in the fit's tally
     * @throws FormatException if it is the file of another training; then nothing was changed
     */
    int restore(Path file, Safetensors saved) throws FormatException {
        String text = saved.metadata().get(KEY);
        if (text == null) {
            throw new FormatException(file + ": there is no '" + KEY + "' in the metadata; it is no checkpoint");
        }
        Json described = Json.parse(text);
        requireSame(file, described.get("same").asObject());
        warnOfAnotherPlace(file, described.get("ran").asObject());
        List<EpochScores> history = history(saved, described);
        int batches = described.get("batches").asInt();

        SequencedMap<String, Entry> tensors = new LinkedHashMap<>(saved.tensors());
        tensors.keySet().removeIf(name -> name.startsWith(OURS));
        Checkpoint.restore(file, new Safetensors(Map.of(), tensors), parameters);
        if (batches > 0) {
            fit.tally().restore(doubles(saved.tensor(TALLY)));
        }
        fit.optimizer().resumeAt(described.get("steps").asLong());
        boolean asPlanned = described.get("planned").asInt() == fit.epochs();
        Json stopped = described.get("stopped");
        fit.resume(
                file,
                described.get("epochs").asInt(),
                history,
                asPlanned && stopped instanceof Json.Text reason ? reason.value() : null,
                callbacks(file, saved));
        return batches;
    }

    private void requireSame(Path file, Map<String, Json> before) throws FormatException {
        Map<String, String> same = new TreeMap<>();
        for (var fact : before.entrySet()) {
            same.put(fact.getKey(), fact.getValue().asText());
        }
        List<String> different = new ArrayList<>();
        for (var fact : facts.entrySet()) {
            String then = same.remove(fact.getKey());
            if (!fact.getValue().equals(then)) {
                different.add(fact.getKey() + " is " + fact.getValue() + " and was " + then);
            }
        }
        same.forEach((name, then) -> different.add(name + " is not given and was " + then));
        if (!different.isEmpty()) {
            throw new FormatException(file + ": it is of another training: " + String.join(", ", different)
                    + "; go on with what it began with, or begin anew in another folder");
        }
    }

    private void warnOfAnotherPlace(Path file, Map<String, Json> before) throws FormatException {
        for (var now : environment().entrySet()) {
            Json then = before.get(now.getKey());
            if (then == null || !then.asText().equals(now.getValue())) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "aorta: {0} was written with {1} {2} and goes on with {3}: the numbers may differ in their last digits",
                        file,
                        now.getKey(),
                        then == null ? "unknown" : then.asText(),
                        now.getValue());
            }
        }
    }

    /** What each callback goes on from, with a warning where they are not those of the saved training. */
    private Map<Callback, double[]> callbacks(Path file, Safetensors saved) throws FormatException {
        Map<Callback, double[]> states = new IdentityHashMap<>();
        Set<String> other = new TreeSet<>(saved.tensors().keySet());
        other.removeIf(name -> !name.startsWith(CALLBACK));
        for (var state : states().entrySet()) {
            if (other.remove(state.getKey())) {
                states.put(state.getValue(), doubles(saved.tensor(state.getKey())));
            } else {
                other.add(state.getKey() + " begins anew");
            }
        }
        if (!other.isEmpty()) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "aorta: {0}: the callbacks are not those of the saved training: {1}",
                    file,
                    other);
        }
        return states;
    }

    private static List<EpochScores> history(Safetensors saved, Json described) throws FormatException {
        List<EpochScores> history = new ArrayList<>();
        int rows = described.get("rows").asInt();
        if (rows == 0) {
            return history;
        }
        List<Json> training = described.get("training").asList();
        List<Json> validation = described.get("validation").asList();
        double[] all = doubles(saved.tensor(HISTORY));
        int columns = all.length / rows;
        for (int at = 0; at < all.length; at += columns) {
            Scores trained = scores(training, all, at + 2);
            Scores validated = validation.isEmpty() ? null : scores(validation, all, at + 3 + training.size());
            history.add(new EpochScores((int) all[at], all[at + 1], trained, validated));
        }
        return history;
    }

    private static Scores scores(List<Json> names, double[] all, int at) throws FormatException {
        SequencedMap<String, Double> values = new LinkedHashMap<>();
        for (int i = 0; i < names.size(); i++) {
            values.put(names.get(i).asText(), all[at + 1 + i]);
        }
        return new Scores((long) all[at], values);
    }

    private static double[] doubles(Entry entry) {
        double[] values = new double[entry.bytes().remaining() / Double.BYTES];
        entry.bytes().asDoubleBuffer().get(values);
        return values;
    }
}
