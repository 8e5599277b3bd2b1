package dev.aorta.train;

import dev.aorta.cluster.ProcessGroup;
import dev.aorta.io.FormatException;
import dev.aorta.io.Safetensors;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Saves a training under way, also when the process is told to end, and goes on from what was saved. */
final class Saving implements Closeable {
    private static final System.Logger LOG = System.getLogger(Saving.class.getName());
    /** How long the end of the process waits for the batch under way and the file. */
    private static final int PATIENCE_SECONDS = 120;

    private final Checkpoints settings;
    private final @Nullable CheckpointFolder folder; // of process 0
    private final ProcessGroup group;
    private final boolean resume;
    private final Fit fit;
    private final Snapshot snapshot;
    private final CountDownLatch over = new CountDownLatch(1);
    private final Thread trainer = Thread.currentThread();
    private final Thread ending;
    private long last = System.nanoTime();
    private boolean warned;

    /** Locks the folder in process 0 of the group, and sees to it that the fit is interrupted when the process is told to end. */
    Saving(Checkpoints settings, boolean resume, Fit fit, Snapshot snapshot, ProcessGroup group) throws IOException {
        this.settings = settings;
        this.resume = resume;
        this.fit = fit;
        this.snapshot = snapshot;
        this.group = group;
        folder = group.rank() == 0 ? new CheckpointFolder(settings) : null;
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
        requireAgreement();
        if (resume) {
            CheckpointFolder.Good good = folder == null ? null : folder.lastGood();
            return group.size() == 1 ? restored(good) : restoredByAll(good);
        }
        if (folder != null && !folder.isEmpty()) {
            throw new FormatException(
                    settings.folder() + ": the folder holds the checkpoints of a training; go on with it"
                            + " (resume), or name another folder");
        }
        return 0;
    }

    /** A process that trains something else would only be out of step later, or not at all. */
    private void requireAgreement() {
        String mine = snapshot.facts() + " resume=" + resume;
        String first = new String(group.broadcast(mine.getBytes(StandardCharsets.UTF_8)), StandardCharsets.UTF_8);
        if (!mine.equals(first)) {
            throw new TrainingException("[train] process " + group.rank() + " trains " + mine + ", and process 0 "
                    + first + ": start all processes with the same data and settings");
        }
    }

    private int restored(CheckpointFolder.@Nullable Good good) throws IOException {
        return good == null ? 0 : snapshot.restore(good.file(), good.content());
    }

    /** Gives the file of process 0 to the others. */
    private int restoredByAll(CheckpointFolder.@Nullable Good good) throws IOException {
        byte[] content = group.broadcast(good == null ? new byte[0] : Files.readAllBytes(good.file()));
        if (folder != null || content.length == 0) {
            return restored(good);
        }
        Path file = Files.createTempFile("aorta-", ".safetensors");
        try {
            Files.write(file, content);
            return snapshot.restore(file, Safetensors.read(file));
        } finally {
            Files.delete(file);
        }
    }

    /** Saves after a batch, when it is time. */
    void batchEnded(int batches) throws IOException {
        if (folder != null && System.nanoTime() - last > settings.every().toNanos()) {
            save(batches);
        }
    }

    /**
     * Saves.
     *
     * @param batches of the epoch under way, or 0 between two epochs
     */
    void save(int batches) throws IOException {
        if (folder == null) {
            return;
        }
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
        if (folder == null) {
            return;
        }
        try {
            folder.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
    }
}
