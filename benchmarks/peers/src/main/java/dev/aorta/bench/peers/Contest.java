package dev.aorta.bench.peers;

import dev.aorta.bench.Compiled;
import dev.aorta.bench.Trainee;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.commons.math3.stat.StatUtils;

/** The times of one engine, taken in turns with the others. */
final class Contest {
    private final String engine;
    private final boolean float32;
    private final Optional<Runnable> step;
    private final Runnable infer;
    private final List<Double> steps = new ArrayList<>();
    private final List<Double> inferences = new ArrayList<>();
    private Optional<Parity.Distance> distance = Optional.empty();

    private Contest(String engine, boolean float32, Optional<Runnable> step, Runnable infer) {
        this.engine = engine;
        this.float32 = float32;
        this.step = step;
        this.infer = infer;
    }

    /** An engine without times. */
    static Contest of(Trainee trainee) {
        boolean float32 = !(trainee instanceof Torch torch) || torch.isFloat32();
        return new Contest(trainee.engine(), float32, Optional.of(trainee::step), trainee::infer);
    }

    /** An engine of float32 without times that is not compared with the others. */
    static Contest of(Compiled compiled) {
        return new Contest(compiled.engine(), true, Optional.of(compiled::step), compiled::infer);
    }

    /** An engine of float32 without times that only infers. */
    static Contest inference(String engine, Runnable infer) {
        return new Contest(engine, true, Optional.empty(), infer);
    }

    String engine() {
        return engine;
    }

    /** Whether it computes in float32 as Aorta does. */
    boolean sameType() {
        return float32;
    }

    boolean trains() {
        return step.isPresent();
    }

    /** How far the engine is from an exact computation, where that was measured. */
    Optional<Parity.Distance> distance() {
        return distance;
    }

    void distance(Parity.Distance measured) {
        distance = Optional.of(measured);
    }

    /** Trains and runs without being measured, until compiled code and tuned algorithms are in place. */
    void warmUp(double seconds) {
        long end = System.nanoTime() + (long) (seconds * 1e9);
        while (System.nanoTime() < end) {
            step.ifPresent(Runnable::run);
            infer.run();
        }
    }

    /**
     * A call of each kind to get its caches and threads back, then the measured ones; of inferences two more, for the second one behind a
     * step keeps what is packed of the weights.
     */
    void turn(int repeat) {
        step.ifPresent(s -> {
            s.run();
            measure(s, repeat, steps);
        });
        for (int i = 0; i < 3; i++) {
            infer.run();
        }
        measure(infer, repeat, inferences);
    }

    private static void measure(Runnable call, int repeat, List<Double> times) {
        for (int i = 0; i < repeat; i++) {
            times.add(milliseconds(call));
        }
    }

    /** Takes the last turn back. */
    void undo(int repeat) {
        for (List<Double> times : trains() ? List.of(steps, inferences) : List.of(inferences)) {
            times.subList(times.size() - repeat, times.size()).clear();
        }
    }

    /** Median of the training steps, or of the inferences. */
    double milliseconds(boolean step) {
        List<Double> times = step ? steps : inferences;
        return StatUtils.percentile(times.stream().mapToDouble(t -> t).toArray(), 50);
    }

    static double milliseconds(Runnable call) {
        long start = System.nanoTime();
        call.run();
        return (System.nanoTime() - start) / 1e6;
    }
}
