package dev.aorta.unet.train;

import dev.aorta.io.FormatException;
import dev.aorta.io.Json;
import dev.aorta.unet.imaging.PixelType;
import dev.aorta.unet.imaging.SliceFolder;
import dev.aorta.unet.model.ModelConfig;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * Everything that decides how a training goes.
 *
 * @param data folder with the two TFRecord files
 * @param pixels type of plain numbers in them, or null when they say it or can be only one
 * @param model the network
 * @param epochs passes over the training slices
 * @param batch slices in a step
 * @param rate highest learning rate
 * @param schedule of the learning rate
 * @param loss what is made small
 * @param augment how training slices are augmented
 * @param patch side of the patches of slices that are trained on, pixels; 0 for whole slices
 * @param average decay of the moving average of the weights, which is scored and saved in their place; 0 for none
 * @param keep which epoch's weights are left
 * @param shards that a batch is cut into, which several processes may share; 1 for whole batches
 * @param synchronised whether batch normalisation takes the statistics of all shards of a batch
 * @param seed of weights, order, augmentation and dropout
 */
public record TrainingConfig(
        Path data,
        @Nullable PixelType pixels,
        ModelConfig model,
        int epochs,
        int batch,
        double rate,
        ScheduleName schedule,
        LossName loss,
        AugmentName augment,
        int patch,
        double average,
        Keep keep,
        int shards,
        boolean synchronised,
        long seed) {

    /**
     * Checks that the network can be trained on its slices, or patches of them.
     *
     * @throws IllegalArgumentException if their sides are no multiples of what its halvings need, or batch normalisation would see one
     *     value
     */
    public void requireTrainable() {
        model.requireTrainable(batch, model.rows(), model.columns());
        int centre = model.centre();
        if (centre != 0) {
            model.requireTrainable(batch, centre, centre);
            if (patch == 0 || patch > centre || centre > Math.min(model.rows(), model.columns())) {
                throw new IllegalArgumentException(
                        "the square in the middle (--centre) has %d pixels a side; it needs patches (--patch) that are not larger, and are"
                                        .formatted(centre)
                                + " %d, and images that are not smaller, and are %d x %d"
                                        .formatted(patch, model.rows(), model.columns()));
            }
        }
        if (patch != 0) {
            model.requireTrainable(batch, patch, patch);
        }
    }

    /** The slices of one of the two files: {@link SliceFolder#TRAIN} or {@link SliceFolder#VALIDATION}. */
    public SliceDataset open(String file) throws IOException {
        return SliceDataset.open(data.resolve(file), model.classes(), pixels);
    }

    /** Whether the data are files of this machine. */
    boolean isLocal() {
        return isLocal(data);
    }

    static boolean isLocal(Path data) {
        return data.getFileSystem() == FileSystems.getDefault();
    }

    /** The same with the data in another folder. */
    TrainingConfig withData(Path folder) {
        return new TrainingConfig(
                folder,
                pixels,
                model,
                epochs,
                batch,
                rate,
                schedule,
                loss,
                augment,
                patch,
                average,
                keep,
                shards,
                synchronised,
                seed);
    }

    /** This configuration as the members of a JSON object; what nearly no training does is left out where it is not done. */
    SequencedMap<String, Object> toJson() {
        SequencedMap<String, Object> m = new LinkedHashMap<>();
        m.put("data", data.toString());
        if (pixels != null) {
            m.put("pixels", pixels.toString());
        }
        m.put("model", model.toJson());
        m.put("epochs", epochs);
        m.put("batch", batch);
        m.put("optimizer", "adam");
        m.put("learning_rate", rate);
        m.put("schedule", schedule.name().toLowerCase(Locale.ROOT));
        m.put("loss", loss.toString());
        m.put("augment", augment == AugmentName.UPRIGHT ? "upright" : augment == AugmentName.STANDARD);
        if (patch != 0) {
            m.put("patch", patch);
        }
        if (average != 0) {
            m.put("average", average);
        }
        if (keep != Keep.BEST) {
            m.put("keep", "last");
        }
        if (shards != 1) {
            m.put("shards", shards);
        }
        if (synchronised) {
            m.put("sync_norm", true);
        }
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
        Json augment = json.get("augment");
        Map<String, Json> members = json.asObject();
        Json patch = members.get("patch");
        Json average = members.get("average");
        Json shards = members.get("shards");
        Json pixels = members.get("pixels");
        return new TrainingConfig(
                Path.of(json.get("data").asText()),
                pixels == null ? null : PixelType.valueOf(pixels.asText().toUpperCase(Locale.ROOT)),
                ModelConfig.of(json.get("model")),
                json.get("epochs").asInt(),
                json.get("batch").asInt(),
                json.get("learning_rate").asDouble(),
                ScheduleName.valueOf(json.get("schedule").asText().toUpperCase(Locale.ROOT)),
                LossName.of(json.get("loss").asText()),
                augment instanceof Json.Text
                        ? AugmentName.valueOf(augment.asText().toUpperCase(Locale.ROOT))
                        : augment.asBoolean() ? AugmentName.STANDARD : AugmentName.NONE,
                patch == null ? 0 : patch.asInt(),
                average == null ? 0 : average.asDouble(),
                members.containsKey("keep")
                        ? Keep.valueOf(json.get("keep").asText().toUpperCase(Locale.ROOT))
                        : Keep.BEST,
                shards == null ? 1 : shards.asInt(),
                members.containsKey("sync_norm") && json.get("sync_norm").asBoolean(),
                json.get("seed").asLong());
    }
}
