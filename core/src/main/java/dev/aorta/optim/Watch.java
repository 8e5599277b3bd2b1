package dev.aorta.optim;

import dev.aorta.Gradients;
import dev.aorta.Parameter;
import dev.aorta.warn.Warning;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.WeakHashMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Looks at the first steps of an optimiser, and warns of what is likely a mistake. */
final class Watch {
    /** Steps in which what a loss depends on should have got its gradient. */
    private static final int REACHED = 3;
    /** Steps in which two optimisers in turns are found. */
    private static final int TURNS = 20;
    /** Parameters named in a warning. */
    private static final int NAMED = 5;

    /** The optimiser that changed a parameter last, or has it. */
    private static final Map<Parameter, WeakReference<Watch>> OWNERS = new WeakHashMap<>();

    private final List<Parameter> parameters;
    private final boolean[] reached;
    private int watched;

    Watch(List<Parameter> parameters) {
        this.parameters = parameters;
        reached = new boolean[parameters.size()];
        synchronized (OWNERS) {
            parameters.forEach(p -> OWNERS.putIfAbsent(p, new WeakReference<>(this)));
        }
    }

    void step(Gradients gradients, long number) {
        if (gradients.ofLossThatIsNotFinite()) {
            Warning.NOT_FINITE.say(
                    "the loss of step " + number + " is NaN or infinite, and makes all weights so: look for such"
                            + " values in the input, lower the learning rate, or clip the gradients; Trainer stops here");
        }
        if (gradients.ofInference()) {
            Warning.INFERENCE_IN_TRAINING.say(
                    "a network is trained that ran with Pass.INFERENCE, so dropout does nothing and"
                            + " running means stay as they are: take Pass.training(seed, step) for its forward pass");
        }
        if (watched < TURNS) {
            watched++;
            takeTurn(gradients);
            findUnreached(gradients);
        }
    }

    private void takeTurn(Gradients gradients) {
        var own = new WeakReference<>(this);
        synchronized (OWNERS) {
            for (Parameter p : parameters) {
                if (gradients.has(p) && p.trainable()) {
                    Watch last = owner(OWNERS.put(p, own));
                    if (watched > 1 && last != null && last != this) {
                        Warning.TWO_OPTIMIZERS.say(
                                p + " is changed by two optimisers in turns, each with its own momentum: give"
                                        + " every parameter to one");
                    }
                }
            }
        }
    }

    private static @Nullable Watch owner(@Nullable WeakReference<Watch> reference) {
        return reference == null ? null : reference.get();
    }

    private void findUnreached(Gradients gradients) {
        for (int i = 0; i < reached.length; i++) {
            reached[i] |= gradients.has(parameters.get(i)) || !parameters.get(i).trainable();
        }
        if (watched != REACHED) {
            return;
        }
        List<Parameter> unreached = IntStream.range(0, reached.length)
                .filter(i -> !reached[i])
                .mapToObj(parameters::get)
                .toList();
        if (!unreached.isEmpty()) {
            Warning.NOT_REACHED.say("no gradient reached " + named(unreached) + " in " + REACHED
                    + " steps, so they are not trained: use them in forward, or freeze() them");
        }
        List<Parameter> nobodys;
        synchronized (OWNERS) {
            nobodys = gradients.leaves().stream()
                    .filter(Parameter.class::isInstance)
                    .map(Parameter.class::cast)
                    .filter(p -> owner(OWNERS.get(p)) == null)
                    .toList();
        }
        if (!nobodys.isEmpty()) {
            Warning.NOT_OWNED.say(
                    "gradients reach " + named(nobodys) + ", which no optimiser has, so they are not trained: list"
                            + " them in Layer.parameters(), or freeze() them");
        }
    }

    private static String named(List<Parameter> some) {
        return some.stream().limit(NAMED).map(Objects::toString).collect(Collectors.joining(", "))
                + (some.size() > NAMED ? " and " + (some.size() - NAMED) + " more" : "");
    }
}
