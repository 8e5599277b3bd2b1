package dev.aorta.unet.monitor;

import dev.aorta.Device;
import dev.aorta.io.FormatException;
import dev.aorta.io.Json;
import dev.aorta.io.Safetensors;
import dev.aorta.unet.imaging.Fit;
import dev.aorta.unet.imaging.InputSlice;
import dev.aorta.unet.imaging.PixelType;
import dev.aorta.unet.imaging.Sha256;
import dev.aorta.unet.train.Segmenter;
import dev.aorta.unet.train.SliceDataset;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * What a model was validated on, as far as later images are compared with it.
 *
 * @param model SHA-256 of the model's file
 * @param temperature by which logits are divided so that the Dice which probabilities promise is, in the mean, that which was measured
 * @param images as they were observed, at most {@value #MOST}, evenly from all
 */
public record Reference(String model, double temperature, List<Observation> images) {
    /** Its file, beside that of the model. */
    public static final String FILE = "reference.safetensors";

    static final int MOST = 2000;
    private static final String KEY = "aorta.reference";
    private static final int STEPS = 49;

    public Reference {
        images = List.copyOf(images);
    }

    /**
     * Observes labelled images and writes {@link #FILE} beside the model.
     *
     * @param model its file
     * @param records as {@link SliceDataset#open} takes them
     */
    public static Reference write(Path model, Path records, @Nullable PixelType pixels, Device device)
            throws IOException {
        try (Segmenter segmenter = Segmenter.load(model, device, null);
                SliceDataset data =
                        SliceDataset.open(records, segmenter.config().classes(), pixels)) {
            Reference reference = of(Sha256.of(model), segmenter, data);
            reference.write(model.resolveSibling(FILE));
            return reference;
        }
    }

    private static Reference of(String model, Segmenter segmenter, SliceDataset data) throws IOException {
        double[] temperatures = new double[STEPS];
        for (int t = 0; t < STEPS; t++) {
            temperatures[t] = Math.pow(2, (t - STEPS / 2) / 8.0); // an eighth to eight
        }
        FeatureExtractor extractor = FeatureExtractor.of(segmenter, Fit.EXACT);
        List<FeatureExtractor.Seen> seen = new ArrayList<>();
        List<String> groups = new ArrayList<>();
        double[] gap = new double[STEPS]; // by temperature, how much more Dice is promised than measured, in sum
        int count = Math.min(MOST, data.size());
        for (int i = 0; i < count; i++) {
            int record = (int) ((long) i * data.size() / count);
            InputSlice slice = data.slice(record).toSegment(data.where(record));
            FeatureExtractor.Seen image = extractor.see(slice, temperatures);
            for (int t = 0; t < STEPS; t++) {
                gap[t] += image.dice(t) - image.values.getOrDefault(Feature.DICE, Double.NaN);
            }
            seen.add(image);
            groups.add(slice.patient().isEmpty() ? "record " + record : slice.patient());
        }
        int best = 0;
        for (int t = 0; t < STEPS; t++) {
            best = Math.abs(gap[t]) < Math.abs(gap[best]) ? t : best;
        }
        List<Observation> images = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Map<Feature, Double> values = new EnumMap<>(seen.get(i).values);
            values.put(Feature.ESTIMATED_DICE, seen.get(i).dice(best));
            images.add(new Observation(groups.get(i), values, seen.get(i).embedding()));
        }
        return new Reference(model, temperatures[best], images);
    }

    // ---- as a file: patients are numbers in it

    private void write(Path file) throws IOException {
        Feature[] features = Feature.values();
        int channels = images.getFirst().embedding().length;
        float[] values = new float[images.size() * features.length];
        float[] embeddings = new float[images.size() * channels];
        float[] groups = new float[images.size()];
        Map<String, Integer> numbers = new LinkedHashMap<>();
        for (int i = 0; i < images.size(); i++) {
            Observation image = images.get(i);
            for (Feature f : features) {
                values[i * features.length + f.ordinal()] = (float) image.value(f);
            }
            System.arraycopy(image.embedding(), 0, embeddings, i * channels, channels);
            groups[i] = numbers.computeIfAbsent(image.group(), g -> numbers.size());
        }
        SequencedMap<String, Object> facts = new LinkedHashMap<>();
        facts.put("model_sha256", model);
        facts.put("temperature", temperature);
        facts.put("features", Arrays.stream(features).map(Feature::toString).toList());
        SequencedMap<String, Safetensors.Entry> tensors = new LinkedHashMap<>();
        tensors.put("features", Safetensors.Entry.of(values, images.size(), features.length));
        tensors.put("embedding", Safetensors.Entry.of(embeddings, images.size(), channels));
        tensors.put("patient", Safetensors.Entry.of(groups, images.size()));
        new Safetensors(Map.of(KEY, Json.of(facts).compact()), tensors)
                .digested()
                .write(file);
    }

    /**
     * The reference beside a model.
     *
     * @throws FormatException if there is none, or it is that of another model
     */
    public static Reference of(Path model) throws IOException {
        Path file = model.resolveSibling(FILE);
        if (!Files.isRegularFile(file)) {
            throw new FormatException(file
                    + ": the model has no reference; make one with 'unet monitor --reference DATA', DATA being what it"
                    + " was validated on");
        }
        try {
            Safetensors saved = Safetensors.read(file);
            Json facts = Json.parse(saved.metadata().getOrDefault(KEY, ""));
            if (!facts.get("model_sha256").asText().equals(Sha256.of(model))) {
                throw new FormatException("it is the reference of another model; make this one's with 'unet monitor"
                        + " --reference DATA'");
            }
            return new Reference(
                    facts.get("model_sha256").asText(), facts.get("temperature").asDouble(), images(facts, saved));
        } catch (FormatException e) {
            String message = String.valueOf(e.getMessage());
            throw message.startsWith(file.toString()) ? e : new FormatException(file + ": " + message, e);
        }
    }

    private static List<Observation> images(Json facts, Safetensors saved) throws FormatException {
        float[] values = saved.tensor("features").floats();
        float[] embeddings = saved.tensor("embedding").floats();
        float[] groups = saved.tensor("patient").floats();
        List<Json> names = facts.get("features").asList();
        int count = groups.length;
        if (count == 0 || values.length != count * names.size() || embeddings.length % count != 0) {
            throw new FormatException("%d features of %d images of %d patients do not fit together"
                    .formatted(values.length, embeddings.length, count));
        }
        List<Observation> images = new ArrayList<>();
        int channels = embeddings.length / count;
        for (int i = 0; i < count; i++) {
            Map<Feature, Double> known = new EnumMap<>(Feature.class);
            for (Feature f : Feature.values()) {
                int column = names.indexOf(new Json.Text(f.toString()));
                float value = column < 0 ? Float.NaN : values[i * names.size() + column];
                if (Float.isFinite(value)) {
                    known.put(f, (double) value);
                }
            }
            float[] embedding = Arrays.copyOfRange(embeddings, i * channels, (i + 1) * channels);
            images.add(new Observation(Integer.toString((int) groups[i]), known, embedding));
        }
        return images;
    }
}
