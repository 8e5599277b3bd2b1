package dev.aorta.unet.cli;

import dev.aorta.unet.train.EpochRow;
import dev.aorta.unet.train.TrainingRun;
import java.io.PrintWriter;
import java.util.Locale;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** A progress bar for each epoch of a training on a terminal, and a line for each epoch everywhere. */
final class TrainingProgress implements TrainingRun.Monitor, AutoCloseable {
    private final PrintWriter print;
    private final int epochs;
    private @Nullable ProgressBar bar;
    private long started;
    private int images;

    TrainingProgress(PrintWriter print, int epochs) {
        this.print = print;
        this.epochs = epochs;
    }

    @Override
    public void start(int epoch, int count) {
        started = System.nanoTime();
        images = count;
        if (System.console() != null && System.console().isTerminal()) {
            bar = new ProgressBarBuilder()
                    .setTaskName("epoch %d/%d".formatted(epoch, epochs))
                    .setInitialMax(count)
                    .setStyle(ProgressBarStyle.COLORFUL_UNICODE_BLOCK)
                    .setUpdateIntervalMillis(200)
                    .showSpeed()
                    .setUnit(" images", 1)
                    .build();
        }
    }

    @Override
    public void batch(int done, double loss, double dice) {
        if (bar != null) {
            bar.stepTo(done);
            bar.setExtraMessage(String.format(Locale.ROOT, "loss %.4f dice %.3f", loss, dice));
        }
    }

    @Override
    public void end(EpochRow row, boolean best) {
        close();
        double seconds = (System.nanoTime() - started) / 1e9;
        print.printf(
                Locale.ROOT,
                "epoch %d/%d  loss %.4f  dice %.4f  val loss %.4f  val dice %.4f%s  %.1f images/s%n",
                row.epoch(),
                epochs,
                row.train().loss(),
                row.train().dice(),
                row.validation().loss(),
                row.validation().dice(),
                best ? " *" : "  ",
                (images + row.validation().images()) / seconds);
        print.flush();
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
            bar = null;
        }
    }
}
