package dev.aorta.unet.train;

import dev.aorta.io.Json;
import dev.aorta.unet.model.ModelConfig;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.SequencedMap;

/**
 * Everything that decides how a training goes.
 *
 * @param data folder with the two TFRecord files
 * @param model the network
 * @param epochs passes over the training slices
 * @param batch slices in a step
 * @param rate highest learning rate
 * @param schedule of the learning rate
 * @param loss what is made small
 * @param augment whether training slices are augmented
 * @param seed of weights, order, augmentation and dropout
 */
public record TrainingConfig(
        Path data,
        ModelConfig model,
        int epochs,
        int batch,
        double rate,
        ScheduleName schedule,
        LossName loss,
        boolean augment,
        long seed) {

    /** This configuration as JSON, for {@code config.json}. */
    public Json toJson(String device) {
        SequencedMap<String, Object> m = new LinkedHashMap<>();
        m.put("data", data.toString());
        m.put("model", model.toJson());
        m.put("epochs", epochs);
        m.put("batch", batch);
        m.put("optimizer", "adam");
        m.put("learning_rate", rate);
        m.put("schedule", schedule.name().toLowerCase(Locale.ROOT));
        m.put("loss", loss.toString());
        m.put("augment", augment);
        m.put("seed", seed);
        m.put("device", device);
        m.put("java", System.getProperty("java.runtime.version"));
        return Json.of(m);
    }
}
