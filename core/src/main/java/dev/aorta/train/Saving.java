package dev.aorta.train;

import dev.aorta.io.FormatException;
import dev.aorta.io.Safetensors;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Saves a training under way, also when the process is told to end, and goes on from what was saved. */
final class Saving implements Closeable {
    private static final System.Logger LOG = System.getLogger(Saving.class.getName());
    /** How long the end of the process waits for the batch under way and the file. */
    private static final int PATIENCE_SECONDS = 120;

    private final Checkpoints settings;
    private final CheckpointFolder folder;
    private final boolean resume;
    private final Fit fit;
    private final Snapshot snapshot;
    private final CountDownLatch over = new CountDownLatch(1);
    private final Thread trainer = Thread.currentThread();
    private final Thread ending;
    private long last = System.nanoTime();
    private boolean warned;

    /** Locks the folder, and sees to it that the fit is interrupted when the process is told to end. */
    Saving(Checkpoints settings, boolean resume, Fit fit, Snapshot snapshot) throws IOException {
        this.settings = settings;
        this.resume = resume;
        this.fit = fit;
        this.snapshot = snapshot;
        folder = new CheckpointFolder(settings);
        ending = new Thread(this::interrupt, "aorta-save");
        try {
            Runtime.getRuntime().addShutdownHook(ending);
        } catch (IllegalStateException e) {
            fit.interrupt("the process is ending");
        }
    }

    private void interrupt() {
        fit.interrupt("the process was told to end");
        if (trainerExits()) {
            return;
        }
        try {
            if (!over.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                LOG.log(System.Logger.Level.WARNING, "aorta: the last batch took too long: it is not saved");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Whether it is a callback that ends the process, and so trains no more. */
    private boolean trainerExits() {
        return Stream.of(trainer.getStackTrace())
                .anyMatch(frame -> frame.getClassName().equals(Runtime.class.getName())
                        && frame.getMethodName().equals("exit"));
    }

    /**
     * Goes on from the last good file where that is wanted and there is one.
     *
     * @return batches of the epoch under way
     * @throws FormatException if it is not wanted and there are files
     */
    int resume() throws IOException {
        if (resume) {
            CheckpointFolder.Good good = folder.lastGood();
            return good == null ? 0 : snapshot.restore(good.file(), good.content());
        }
        if (!folder.isEmpty()) {
            throw new FormatException(
                    settings.folder() + ": the folder holds the checkpoints of a training; go on with it"
                            + " (resume), or name another folder");
        }
        return 0;
    }

    /** Saves after a batch, when it is time. */
    void batchEnded(int batches) throws IOException {
        if (System.nanoTime() - last > settings.every().toNanos()) {
            save(batches);
        }
    }

    /**
     * Saves.
     *
     * @param batches of the epoch under way, or 0 between two epochs
     */
    void save(int batches) throws IOException {
        Safetensors content = snapshot.take(batches);
        last = System.nanoTime();
        if (content == null) {
            if (!warned) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "aorta: the meter has no state(): this training is saved between epochs only");
            }
            warned = true;
            return;
        }
        int best = settings.best() == null || fit.history().isEmpty()
                ? 0
                : new History(fit.history(), null).best(settings.best()).epoch();
        fit.saved(folder.save(new CheckpointFolder.Place(fit.trained(), batches), content, best));
    }

    @Override
    public void close() {
        over.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(ending);
        } catch (IllegalStateException e) {
            // the process is ending, and waited for this
        }
        try {
            folder.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
    }
}
