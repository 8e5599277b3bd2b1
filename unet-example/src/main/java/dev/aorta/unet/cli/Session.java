package dev.aorta.unet.cli;

import dev.aorta.Device;
import dev.aorta.Scope;
import dev.aorta.cluster.ClusterException;
import dev.aorta.cluster.ProcessGroup;
import dev.aorta.train.Callback;
import dev.aorta.train.EpochScores;
import dev.aorta.train.Fit;
import dev.aorta.train.History;
import dev.aorta.train.ProgressLine;
import dev.aorta.unet.imaging.PlainText;
import dev.aorta.unet.imaging.SliceFolder;
import dev.aorta.unet.model.TrainedSpacing;
import dev.aorta.unet.monitor.Reference;
import dev.aorta.unet.report.Report;
import dev.aorta.unet.track.Tracking;
import dev.aorta.unet.train.Keep;
import dev.aorta.unet.train.RunFolder;
import dev.aorta.unet.train.RunRecord;
import dev.aorta.unet.train.Scoring;
import dev.aorta.unet.train.TrainingConfig;
import dev.aorta.unet.train.TrainingRun;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Model.CommandSpec;

/** A training as its user sees it: the network, a line for each epoch, where things are, and how to go on when it is stopped. */
final class Session implements Callback {
    /** Exit code of a program that SIGINT ended. */
    static final int INTERRUPTED = 130;

    private final RunFolder run;
    private final Device device;
    private final PrintWriter out;
    private final PrintWriter err;
    private final List<Callback> watchers = new ArrayList<>();
    private boolean saved;

    Session(CommandSpec command, RunFolder run, Device device) {
        this.run = run;
        this.device = device;
        out = command.commandLine().getOut();
        err = command.commandLine().getErr();
    }

    /** Tells an MLflow server of the training. */
    Session trackedBy(String url) {
        watchers.add(new Tracking(run, url, problem -> {
            err.println("unet: warning: " + PlainText.line(problem));
            err.flush();
        }));
        return this;
    }

    /**
     * Trains and writes the report, without which a training is a success too.
     *
     * @return the exit code
     */
    int train(RunRecord record, boolean resume, ProcessGroup group) throws IOException {
        printNetwork(record.config());
        History history;
        watchers.addAll(List.of(new EpochBar(), new ProgressLine(out, Scoring.BEST, "images", "loss", "dice"), this));
        try {
            history = new TrainingRun(record, device, run, group, watchers.toArray(Callback[]::new)).train(resume);
        } catch (IOException | UncheckedIOException | ClusterException e) {
            if (saved) {
                err.println("unet: what was trained is saved; when the cause is mended, go on with " + resumeCommand());
            }
            throw e;
        }
        if (history.epochs().size() < record.config().epochs()) {
            return INTERRUPTED;
        }
        boolean last = record.config().keep() == Keep.LAST;
        EpochScores kept = last ? history.epochs().getLast() : history.best(Scoring.BEST);
        out.printf(
                Locale.ROOT,
                "%s validation %s %.4f in epoch %d%nmodel   %s%n",
                last ? "last" : "best",
                Scoring.BEST.score(),
                Scoring.BEST.of(kept),
                kept.epoch(),
                run.model());
        reference(record);
        report(record);
        return 0;
    }

    /** What the model is watched against later; for that and for the report the training is a success without. */
    private void reference(RunRecord record) {
        Path validation = record.config().data().resolve(SliceFolder.VALIDATION);
        try {
            Reference.write(run.model(), validation, null, device);
            out.printf("reference  %s%n", run.reference());
        } catch (IOException | RuntimeException | OutOfMemoryError e) {
            err.printf(
                    "unet: warning: the training is complete, but not its reference for 'unet monitor' (%s); when the cause is"
                            + " mended, make it with: unet monitor --model %s --reference %s%n",
                    PlainText.line(Main.message(e)),
                    quoted(),
                    Report.word(record.config().data().toString()));
        }
    }

    /** A training that has ended well is not made a failure by what keeps its page from being written, whatever that is. */
    private void report(RunRecord record) {
        String reason = Report.chartlessBecause();
        if (!reason.isEmpty()) {
            err.println("unet: warning: report.html will have no charts, everything else is written: " + reason);
        }
        try {
            out.printf("report  %s%n", Report.write(run, record.checked(), device));
        } catch (Exception | LinkageError | OutOfMemoryError e) {
            err.printf(
                    "unet: warning: the training is complete, but its report could not be written (%s); when the cause is"
                            + " mended, make it with: unet report %s%n",
                    PlainText.line(Main.message(e)), quoted());
        }
    }

    @Override
    public void fitBegins(Fit fit) {
        if (fit.resumedFrom() != null) {
            out.printf("going on from %s%n", fit.resumedFrom());
            out.flush();
        }
    }

    @Override
    public void fitEnds(Fit fit) {
        saved = fit.savedIn() != null || fit.resumedFrom() != null;
        if (fit.interrupted()) {
            String where = fit.savedIn() == null ? "nothing is saved yet" : "saved in " + fit.savedIn();
            out.printf(
                    Locale.ROOT,
                    "%nstopped in epoch %d of %d after %d of %d images; %s%ngo on with: %s%n",
                    fit.epoch(),
                    fit.epochs(),
                    fit.done(),
                    fit.samples(),
                    where,
                    resumeCommand());
            out.flush();
        }
    }

    private String resumeCommand() {
        return "unet train --resume " + quoted();
    }

    /** The run folder as a shell takes it. */
    private String quoted() {
        return Report.word(run.folder().toString());
    }

    private void printNetwork(TrainingConfig config) {
        try (Scope scope = Scope.noGrad()) {
            out.println(config.model().summary(config.model().build(device, config.seed())));
        }
        TrainedSpacing spacing = config.model().spacing();
        if (spacing != null) {
            out.printf("pixels %s%n", spacing);
        }
        out.printf("device %s (%s)%n", device, device.backend().description());
    }
}
