package dev.aorta.unet.monitor;

import dev.aorta.Device;
import dev.aorta.nn.Model;
import dev.aorta.serve.Metrics;
import dev.aorta.unet.imaging.Fit;
import dev.aorta.unet.imaging.InputSlice;
import dev.aorta.unet.imaging.Pseudonyms;
import dev.aorta.unet.model.ModelConfig;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Watches the images that a server answers, beside the answers: one thread observes them, writes them to a file, and judges each
 * window that is full. What it has no time for is not observed, and counted.
 */
public final class LiveMonitor implements Closeable {
    private static final int WAITING = 256;
    private static final int KEY_BYTES = 32;

    private final ObservationLog log;
    private final int window;
    private final Judge judge;
    private final Metrics metrics;
    private final Fit fit;
    private final Pseudonyms groups;
    private final AtomicLong nobody = new AtomicLong();
    private final ThreadPoolExecutor thread = new ThreadPoolExecutor(
            1,
            1,
            0,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(WAITING),
            task -> Thread.ofPlatform().name("aorta-monitor").daemon().unstarted(task));
    private final Map<Path, Watched> watched = new HashMap<>(); // on the thread alone

    /** How the windows of a reference are judged. */
    @FunctionalInterface
    public interface Judge {
        /** The monitor of a reference. */
        Monitor of(Reference reference);
    }

    private record Watched(Monitor monitor, List<Observation> waiting, int[] windows) {}

    /**
     * Watches nothing yet.
     *
     * @param log closed by this
     * @param window images of a window
     * @param metrics that show the last one
     * @param fit what becomes of images of another size than the network takes
     */
    public LiveMonitor(ObservationLog log, int window, Judge judge, Metrics metrics, Fit fit) {
        this.log = log;
        this.window = window;
        this.judge = judge;
        this.metrics = metrics;
        this.fit = fit;
        byte[] key = new byte[KEY_BYTES];
        new SecureRandom().nextBytes(key);
        groups = Pseudonyms.of(key); // that nobody has, so that patients cannot be found again
    }

    /**
     * Tells of an image that was answered; returns at once.
     *
     * @param file of the model, beside which its reference is
     * @param model that answered
     * @param config of its network
     * @param device of its network
     */
    public void seen(Path file, Model model, ModelConfig config, Device device, InputSlice slice) {
        String group = groups.of(slice.patient().isEmpty() ? "nobody " + nobody.incrementAndGet() : slice.patient());
        try {
            thread.execute(() -> observe(file, model, config, device, slice, group));
        } catch (RejectedExecutionException full) {
            skip("no time");
        }
    }

    private void observe(Path file, Model model, ModelConfig config, Device device, InputSlice slice, String group) {
        try {
            Watched of = watched.get(file);
            if (of == null) {
                of = new Watched(judge.of(Reference.of(file)), new ArrayList<>(), new int[1]);
                watched.put(file, of);
            }
            Reference reference = of.monitor.reference();
            Observation image = model.run(network -> {
                try {
                    return new FeatureExtractor(network, config, device, fit)
                            .observe(slice, group, reference.temperature());
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            log.add(reference.model(), image, Instant.now());
            metrics.count("aorta_monitor_images_total", "Images that were observed", 1);
            of.waiting.add(image);
            if (of.waiting.size() == window) {
                Gauges.show(metrics, of.monitor, of.monitor.judge(++of.windows[0], of.waiting));
                of.waiting.clear();
            }
        } catch (IOException | RuntimeException e) { // the answer does not depend on it
            skip(e instanceof IOException ? "file" : "error");
        }
    }

    private void skip(String why) {
        metrics.count("aorta_monitor_skipped_total", "Images that were answered and not observed", 1, "why", why);
    }

    /** Observes what is waiting, and closes the file. */
    @Override
    public void close() throws IOException {
        thread.close();
        log.close();
    }
}
