package dev.aorta.unet.cli;

import dev.aorta.train.Callback;
import dev.aorta.train.EpochScores;
import dev.aorta.train.Fit;
import dev.aorta.unet.train.Scoring;
import java.util.Locale;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** A progress bar for each epoch of a training on a terminal. */
final class EpochBar implements Callback {
    private @Nullable ProgressBar bar;

    @Override
    public void epochBegins(Fit fit) {
        if (System.console() != null && System.console().isTerminal()) {
            bar = new ProgressBarBuilder()
                    .setTaskName("epoch %d/%d".formatted(fit.epoch(), fit.epochs()))
                    .setInitialMax(fit.samples())
                    .setStyle(ProgressBarStyle.COLORFUL_UNICODE_BLOCK)
                    .setUpdateIntervalMillis(200)
                    .showSpeed()
                    .setUnit(" images", 1)
                    .build();
        }
    }

    @Override
    public void batchEnds(Fit fit) {
        if (bar != null) {
            String score = Scoring.BEST.score();
            bar.stepTo(fit.done());
            bar.setExtraMessage(String.format(
                    Locale.ROOT,
                    "loss %.4f %s %.3f",
                    fit.loss(),
                    score,
                    fit.scores().get(score)));
        }
    }

    @Override
    public void epochEnds(Fit fit, EpochScores epoch) {
        fitEnds(fit);
    }

    @Override
    public void fitEnds(Fit fit) {
        if (bar != null) {
            bar.close();
            bar = null;
        }
    }
}
