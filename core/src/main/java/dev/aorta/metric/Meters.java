package dev.aorta.metric;

import dev.aorta.data.Batch;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.stream.DoubleStream;
import org.jspecify.annotations.Nullable;

/** Meters made of meters. */
public final class Meters {
    private Meters() {}

    /**
     * All scores of several meters, in their order. What two of them read of the output is copied once.
     *
     * @param meters that see the same batches
     * @return a meter of all their scores
     * @throws IllegalArgumentException when two scores have one name; {@link #prefixed} tells them apart
     */
    public static Meter of(Meter... meters) {
        Meter all = new Combined(List.of(meters));
        all.scores();
        return all;
    }

    /**
     * A meter whose scores have a prefix before their names.
     *
     * @param prefix put before each name as it is
     * @param meter that scores
     * @return a meter of the renamed scores
     */
    public static Meter prefixed(String prefix, Meter meter) {
        return new Prefixed(prefix, meter);
    }

    /** Refuses a state that is not of such a meter. */
    static void requireState(boolean fits, Object meter) {
        if (!fits) {
            throw new IllegalArgumentException(
                    "[metric] the state is not of a " + meter.getClass().getSimpleName() + " like this one");
        }
    }

    private record Combined(List<Meter> meters) implements Meter {
        @Override
        public List<Readout> readouts() {
            return meters.stream()
                    .flatMap(m -> m.readouts().stream())
                    .distinct()
                    .toList();
        }

        @Override
        public void add(Batch batch, Output output, double loss) {
            meters.forEach(m -> m.add(batch, output, loss));
        }

        /** Each meter's state behind its length. */
        @Override
        public double @Nullable [] state() {
            DoubleStream.Builder all = DoubleStream.builder();
            for (Meter meter : meters) {
                double[] state = meter.state();
                if (state == null) {
                    return null;
                }
                all.add(state.length);
                DoubleStream.of(state).forEach(all);
            }
            return all.build().toArray();
        }

        @Override
        public void restore(double[] state) {
            int at = 0;
            for (Meter meter : meters) {
                requireState(at < state.length && at + 1 + state[at] <= state.length, meter);
                int end = at + 1 + (int) state[at];
                meter.restore(Arrays.copyOfRange(state, at + 1, end));
                at = end;
            }
            requireState(at == state.length, this);
        }

        @Override
        public SequencedMap<String, Double> scores() {
            SequencedMap<String, Double> all = new LinkedHashMap<>();
            meters.forEach(m -> m.scores().forEach((name, score) -> {
                if (all.put(name, score) != null) {
                    throw new IllegalArgumentException("[metric] two meters score '" + name
                            + "': tell one of them apart with Meters.prefixed(\"other_\", meter)");
                }
            }));
            return all;
        }
    }

    private record Prefixed(String prefix, Meter meter) implements Meter {
        @Override
        public List<Readout> readouts() {
            return meter.readouts();
        }

        @Override
        public void add(Batch batch, Output output, double loss) {
            meter.add(batch, output, loss);
        }

        @Override
        public double @Nullable [] state() {
            return meter.state();
        }

        @Override
        public void restore(double[] state) {
            meter.restore(state);
        }

        @Override
        public SequencedMap<String, Double> scores() {
            SequencedMap<String, Double> renamed = new LinkedHashMap<>();
            meter.scores().forEach((name, score) -> renamed.put(prefix + name, score));
            return renamed;
        }
    }
}
