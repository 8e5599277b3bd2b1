package dev.aorta.metric;

import dev.aorta.data.Batch;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * Scores of the most likely class of logits (N, .., classes) against labels (N, ..): {@code accuracy}; {@code f1_macro}, the mean
 * F1 of the classes that occur, labelled or predicted; {@code f1_micro}, the F1 of the decisions about all classes together, which
 * is the accuracy where each element has one label.
 */
public final class ClassificationMeter implements Meter {
    private final ConfusionMatrix confusion;

    /**
     * Makes an empty meter.
     *
     * @param classes at least 2
     */
    public ClassificationMeter(int classes) {
        confusion = new ConfusionMatrix(classes);
    }

    /** {@return the counts so far} */
    public ConfusionMatrix confusion() {
        return confusion;
    }

    @Override
    public List<Readout> readouts() {
        return List.of(Readout.ARGMAX);
    }

    @Override
    public void add(Batch batch, Output output, double loss) {
        Logits.require(output, batch, confusion.classes());
        float[] predicted = output.get(Readout.ARGMAX);
        confusion.add(predicted, batch.labels().array(), 0, predicted.length);
    }

    @Override
    public double[] state() {
        return confusion.state();
    }

    @Override
    public void restore(double[] state) {
        confusion.restore(state);
    }

    @Override
    public SequencedMap<String, Double> scores() {
        Confusion all = Confusion.NONE;
        double sum = 0;
        int occurring = 0;
        for (int c = 0; c < confusion.classes(); c++) {
            Confusion one = confusion.of(c);
            all = all.plus(one);
            if (!Double.isNaN(one.f1())) {
                sum += one.f1();
                occurring++;
            }
        }
        SequencedMap<String, Double> scores = new LinkedHashMap<>();
        scores.put("accuracy", confusion.accuracy());
        scores.put("f1_macro", sum / occurring);
        scores.put("f1_micro", all.f1());
        return scores;
    }
}
