package dev.aorta.train;

import dev.aorta.metric.Scores;
import java.io.PrintWriter;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/**
 * Prints a line for each epoch, with a star where it is the best so far, as in {@code epoch 2/3  loss 0.1848  dice 0.8486  val loss
 * 0.1015  val dice 0.9166 *  10.2 images/s}.
 */
public final class ProgressLine implements Callback {
    private final PrintWriter print;
    private final String unit;
    private final List<String> names;
    private final Best best;
    private long started;
    private int before; // samples of the epoch that an earlier process trained

    /**
     * Makes the callback.
     *
     * @param print flushed after each line; closed by the caller
     * @param monitor the score by which epochs are compared
     * @param unit what samples are called, such as {@code images}
     * @param names the scores to print; all where none is named
     */
    public ProgressLine(PrintWriter print, Monitor monitor, String unit, String... names) {
        this.print = print;
        this.unit = unit;
        this.names = List.of(names);
        best = new Best(monitor);
    }

    @Override
    public double[] state() {
        return best.state();
    }

    @Override
    public void restore(double[] state) {
        best.restore(state);
    }

    @Override
    public void epochBegins(Fit fit) {
        started = System.nanoTime();
        before = fit.done();
    }

    @Override
    public void epochEnds(Fit fit, EpochScores epoch) {
        double seconds = (System.nanoTime() - started) / 1e9;
        long samples = (long) fit.samples() - before;
        StringBuilder line = new StringBuilder("epoch " + epoch.epoch() + "/" + fit.epochs());
        append(line, "", epoch.training());
        if (epoch.validation() != null) {
            append(line, "val ", epoch.validation());
            samples += epoch.validation().samples();
        }
        line.append(best.offer(epoch) ? " *" : "  ");
        print.println(line.append(String.format(Locale.ROOT, "  %.1f %s/s", samples / seconds, unit)));
        print.flush();
    }

    private void append(StringBuilder line, String of, Scores scores) {
        Collection<String> shown = names.isEmpty() ? scores.values().keySet() : names;
        shown.forEach(name -> line.append(String.format(Locale.ROOT, "  %s%s %.4f", of, name, scores.get(name))));
    }
}
