package dev.aorta.bench.peers;

import dev.aorta.bench.Trainee;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.commons.math3.stat.StatUtils;

/** The times of one engine, taken in turns with the others. */
final class Contest {
    private final Trainee trainee;
    private final List<Double> steps = new ArrayList<>();
    private final List<Double> inferences = new ArrayList<>();
    private Optional<Parity.Distance> distance = Optional.empty();

    /** An engine without times. */
    Contest(Trainee trainee) {
        this.trainee = trainee;
    }

    Trainee trainee() {
        return trainee;
    }

    /** Whether it computes in float32 as Aorta does. */
    boolean sameType() {
        return !(trainee instanceof Torch torch) || torch.isFloat32();
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
            trainee.step();
            trainee.infer();
        }
    }

    /**
     * A call of each kind to get its caches and threads back, then the measured ones; of inferences two more, for the second one behind a
     * step keeps what is packed of the weights.
     */
    void turn(int repeat) {
        trainee.step();
        for (int i = 0; i < repeat; i++) {
            steps.add(milliseconds(trainee::step));
        }
        for (int i = 0; i < 3; i++) {
            trainee.infer();
        }
        for (int i = 0; i < repeat; i++) {
            inferences.add(milliseconds(trainee::infer));
        }
    }

    /** Takes the last turn back. */
    void undo(int repeat) {
        steps.subList(steps.size() - repeat, steps.size()).clear();
        inferences.subList(inferences.size() - repeat, inferences.size()).clear();
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
