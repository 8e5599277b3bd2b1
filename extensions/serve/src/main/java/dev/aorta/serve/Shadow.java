package dev.aorta.serve;

import dev.aorta.data.Values;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.DoubleAdder;
import java.util.concurrent.atomic.LongAdder;

/**
 * A version that gets a copy of what another answers. Its answers are compared and counted, and never given. Copies are dropped while
 * others wait for the version that answers, or for this one: nobody waits for a shadow.
 */
public final class Shadow implements AutoCloseable {
    private static final int WAITING = 4;

    private record Copy(Values input, Values answer) {}

    private final String version;
    private final ServedModel model;
    private final Metrics metrics;
    private final String[] labels;
    private final BlockingQueue<Copy> copies = new ArrayBlockingQueue<>(WAITING);
    private final LongAdder compared = new LongAdder();
    private final DoubleAdder difference = new DoubleAdder();
    private final Thread worker;

    Shadow(String name, String version, ServedModel model, Metrics metrics) {
        this.version = version;
        this.model = model;
        this.metrics = metrics;
        labels = new String[] {"model", name, "version", version};
        for (String counter : new String[] {"requests", "dropped", "failed", "pixels", "disagreements"}) {
            count(counter, 0);
        }
        metrics.gauge(
                "aorta_shadow_mean_absolute_difference",
                "Mean of the absolute differences of a shadow's outputs to those that were given",
                () -> difference.sum() / compared.sum(),
                labels);
        worker = Thread.ofVirtual().name("aorta-shadow " + name).start(this::work);
    }

    String version() {
        return version;
    }

    /** Takes a copy of a request and its answer, or drops it. */
    void offer(Values input, Values answer, boolean busy) {
        count("requests", 1);
        if (busy || !copies.offer(new Copy(input, answer))) {
            count("dropped", 1);
        }
    }

    private void work() {
        try {
            while (true) {
                Copy copy = copies.take();
                try {
                    compare(copy.answer(), model.run(copy.input()));
                } catch (HttpError | RuntimeException e) {
                    count("failed", 1); // the batcher has logged why
                }
            }
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        }
    }

    private void compare(Values given, Values own) {
        if (!given.shape().equals(own.shape())) {
            count("failed", 1);
            return;
        }
        float[] a = given.array();
        float[] b = own.array();
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += Math.abs((double) a[i] - b[i]);
        }
        compared.add(a.length);
        difference.add(sum);
        int classes = given.shape().dim(given.shape().rank() - 1);
        int other = 0;
        for (int i = 0; i < a.length; i += classes) {
            other += decision(a, i, classes) != decision(b, i, classes) ? 1 : 0;
        }
        count("pixels", a.length / (double) classes);
        count("disagreements", other);
    }

    /** The largest of several numbers; of one, whether it is above 0. */
    private static int decision(float[] values, int from, int count) {
        int best = count == 1 && values[from] > 0 ? 1 : 0;
        for (int c = 1; c < count; c++) {
            best = values[from + c] > values[from + best] ? c : best;
        }
        return best;
    }

    private void count(String what, double amount) {
        String help = switch (what) {
            case "requests" -> "Requests of which a shadow was offered a copy";
            case "dropped" -> "Copies that a shadow did not take, since it or the version that answers was busy";
            case "failed" -> "Copies on which a shadow failed, or gave another shape";
            case "pixels" -> "Decisions (pixels, or samples of a classifier) that were compared";
            default -> "Decisions in which a shadow's largest class is another one";
        };
        metrics.count("aorta_shadow_" + what + "_total", help, amount, labels);
    }

    /** Ends it; the model is its owner's. */
    @Override
    public void close() {
        worker.interrupt();
        metrics.remove("aorta_shadow_mean_absolute_difference", labels);
    }
}
