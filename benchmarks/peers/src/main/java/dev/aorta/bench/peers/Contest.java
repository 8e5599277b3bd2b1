package dev.aorta.bench.peers;

import dev.aorta.bench.Trainee;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.commons.math3.stat.StatUtils;
import org.jspecify.annotations.Nullable;

/** The times of one engine, taken in turns with the others. */
final class Contest {
    private final Trainee trainee;
    private final boolean sameType;
    private final List<Double> steps = new ArrayList<>();
    private final List<Double> inferences = new ArrayList<>();
    private Parity.@Nullable Distance distance;

    /**
     * An engine without times.
     *
     * @param sameType whether it computes in float32 as Aorta does
     */
    Contest(Trainee trainee, boolean sameType) {
        this.trainee = trainee;
        this.sameType = sameType;
    }

    Trainee trainee() {
        return trainee;
    }

    boolean sameType() {
        return sameType;
    }

    /** How far the engine is from an exact computation. */
    Parity.Distance distance() {
        return Objects.requireNonNull(distance, "not measured yet");
    }

    void distance(Parity.Distance measured) {
        distance = measured;
    }

    /** One call of each kind to get its caches and threads back, then the measured ones. */
    void turn(int repeat) {
        trainee.step();
        for (int i = 0; i < repeat; i++) {
            steps.add(milliseconds(trainee::step));
        }
        trainee.infer();
        for (int i = 0; i < repeat; i++) {
            inferences.add(milliseconds(trainee::infer));
        }
    }

    /** Median of the training steps, or of the inferences. */
    double milliseconds(boolean step) {
        List<Double> times = step ? steps : inferences;
        return StatUtils.percentile(times.stream().mapToDouble(t -> t).toArray(), 50);
    }

    private static double milliseconds(Runnable call) {
        long start = System.nanoTime();
        call.run();
        return (System.nanoTime() - start) / 1e6;
    }
}
