package dev.aorta.unet.train;

import dev.aorta.io.FormatException;
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

    /** The same with the data in another folder. */
    TrainingConfig withData(Path folder) {
        return new TrainingConfig(folder, model, epochs, batch, rate, schedule, loss, augment, seed);
    }

    /** This configuration as the members of a JSON object. */
    SequencedMap<String, Object> toJson() {
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
        return m;
    }

    /**
     * The configuration of a JSON object.
     *
     * @throws FormatException if a member is missing or of another kind
     * @throws IllegalArgumentException if a name is not known
     */
    static TrainingConfig of(Json json) throws FormatException {
        return new TrainingConfig(
                Path.of(json.get("data").asText()),
                ModelConfig.of(json.get("model")),
                json.get("epochs").asInt(),
                json.get("batch").asInt(),
                json.get("learning_rate").asDouble(),
                ScheduleName.valueOf(json.get("schedule").asText().toUpperCase(Locale.ROOT)),
                LossName.of(json.get("loss").asText()),
                json.get("augment").asBoolean(),
                json.get("seed").asLong());
    }
}
