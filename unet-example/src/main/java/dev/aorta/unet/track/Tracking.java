package dev.aorta.unet.track;

import dev.aorta.io.Json;
import dev.aorta.train.Callback;
import dev.aorta.train.EpochScores;
import dev.aorta.train.Fit;
import dev.aorta.unet.train.RunFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Tells an MLflow server of a training. All of it is written to a journal in the run folder first, and sent by a thread of its
 * own: a server that is down, slow or answers nonsense neither ends nor slows the training, and what it has missed is sent later
 * with {@link #sync}. The training's end waits for it two seconds at most.
 */
public final class Tracking implements Callback {
    /** How long an answer may take. */
    public static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final long LAST_WAIT_MILLIS = 2000;
    private static final long LONGEST_PAUSE_MILLIS = 60_000;
    private static final String EXPERIMENT = "aorta";

    private final RunFolder run;
    private final String url;
    private final Consumer<String> warn;
    private final Journal journal;
    private final Semaphore news = new Semaphore(0);
    private final Thread sender;
    private volatile boolean ended;
    private boolean broken;

    /**
     * Tracking of a run; nothing is sent before the training begins.
     *
     * @param url of the server, such as http://localhost:5000
     * @param warn is told once what is wrong, on whatever thread
     */
    public Tracking(RunFolder run, String url, Consumer<String> warn) {
        this.run = run;
        this.url = url;
        this.warn = warn;
        journal = new Journal(run.folder());
        sender = Thread.ofPlatform().daemon().name("tracking").unstarted(this::sendAll);
    }

    @Override
    public void fitBegins(Fit fit) {
        note(() -> {
            if (journal.state() == null) {
                journal.write(new Journal.State(url, "", "", 0));
                SequencedMap<String, Object> begin = new LinkedHashMap<>();
                begin.put("experiment", EXPERIMENT);
                begin.put("name", run.folder().toAbsolutePath().getFileName().toString());
                begin.put("time", System.currentTimeMillis());
                begin.put("parameters", parameters());
                journal.add("begin", begin);
            }
        });
        sender.start();
    }

    private SequencedMap<String, Object> parameters() throws IOException {
        SequencedMap<String, Object> parameters = new LinkedHashMap<>();
        Json.parse(Files.readAllBytes(run.config())).asObject().forEach((name, value) -> {
            if (value instanceof Json.Obj object) {
                object.members().forEach((inner, v) -> parameters.put(name + "." + inner, v));
            } else {
                parameters.put(name, value);
            }
        });
        return parameters;
    }

    @Override
    public void epochEnds(Fit fit, EpochScores epoch) {
        note(() -> {
            SequencedMap<String, Object> metrics = new LinkedHashMap<>();
            metrics.put("learning_rate", epoch.rate());
            epoch.training().values().forEach((name, v) -> addFinite(metrics, "train_" + name, v));
            epoch.judged().values().forEach((name, v) -> addFinite(metrics, "val_" + name, v));
            SequencedMap<String, Object> line = new LinkedHashMap<>();
            line.put("epoch", epoch.epoch());
            line.put("time", System.currentTimeMillis());
            line.put("metrics", metrics);
            journal.add("epoch", line);
        });
    }

    private static void addFinite(SequencedMap<String, Object> metrics, String name, double value) {
        if (Double.isFinite(value)) {
            metrics.put(name, value);
        }
    }

    @Override
    public void fitEnds(Fit fit) {
        boolean all = fit.history().size() >= fit.epochs();
        note(() -> {
            if (all) {
                for (Path file : List.of(run.config(), run.metrics(), run.model())) {
                    SequencedMap<String, Object> artifact = new LinkedHashMap<>();
                    artifact.put("file", file.getFileName().toString());
                    journal.add("artifact", artifact);
                }
            }
            SequencedMap<String, Object> end = new LinkedHashMap<>();
            end.put("status", all ? "FINISHED" : fit.interrupted() ? "KILLED" : "FAILED");
            end.put("time", System.currentTimeMillis());
            journal.add("end", end);
        });
        ended = true;
        news.release();
        try {
            sender.join(LAST_WAIT_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        sender.interrupt();
    }

    private interface Note {
        void write() throws IOException;
    }

    private void note(Note note) {
        try {
            note.write();
        } catch (IOException | RuntimeException e) {
            say("the journal of what is tracked cannot be written (" + e.getMessage() + ")");
        }
        news.release();
    }

    private synchronized void say(String problem) {
        if (!broken) {
            broken = true;
            warn.accept(problem + "; the training goes on, and what is missing is sent with: unet track sync");
        }
    }

    private void sendAll() {
        Sender to = new Sender(run.folder(), url, PATIENCE);
        long pause = 1000;
        try {
            while (true) {
                boolean last = ended;
                try {
                    to.send();
                    pause = 1000;
                    if (last) {
                        return;
                    }
                    news.acquire();
                    news.drainPermits();
                } catch (IOException | RuntimeException e) {
                    say("tracking: " + e.getMessage());
                    if (last) {
                        return;
                    }
                    pause = news.tryAcquire(pause, TimeUnit.MILLISECONDS)
                            ? pause
                            : Math.min(2 * pause, LONGEST_PAUSE_MILLIS);
                }
            }
        } catch (InterruptedException e) {
            // the training has ended, and waits no longer
        }
    }

    /**
     * Sends what a server has missed.
     *
     * @param url of the server where another one than before shall have all of it, or null
     * @param patience with each answer
     * @return how many lines were sent
     * @throws IOException if it cannot be reached or does not answer as it should
     */
    public static int sync(RunFolder run, @Nullable String url, Duration patience) throws IOException {
        Journal journal = new Journal(run.folder());
        Journal.State state = journal.state();
        if (url != null && (state == null || !state.url().equals(url))) {
            state = new Journal.State(url, "", "", 0);
            journal.write(state);
        }
        try {
            return new Sender(run.folder(), state == null ? "" : state.url(), patience).send();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(run.folder() + ": interrupted; what was sent stays", e);
        }
    }
}
