package dev.aorta.unet.monitor;

import dev.aorta.io.FormatException;
import dev.aorta.io.Json;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/** What was observed of served images: a file of a line of JSON for each, to which is added. */
public final class ObservationLog implements Closeable {
    private final FileChannel file;

    private ObservationLog(FileChannel file) {
        this.file = file;
    }

    /** Opens a file to add to, which is made where there is none; half a line, left by a process that was killed, is taken away. */
    public static ObservationLog append(Path file) throws IOException {
        FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        long end = channel.size();
        ByteBuffer last = ByteBuffer.allocate(1);
        while (end > 0) {
            channel.read(last.clear(), end - 1);
            if (last.get(0) == '\n') {
                break;
            }
            end--;
        }
        channel.truncate(end);
        channel.position(end);
        return new ObservationLog(channel);
    }

    /**
     * Adds an image.
     *
     * @param model SHA-256 of the model that saw it
     */
    public synchronized void add(String model, Observation image, Instant time) throws IOException {
        SequencedMap<String, Object> features = new LinkedHashMap<>();
        image.values().forEach((f, value) -> features.put(f.toString(), value));
        List<Object> embedding = new ArrayList<>();
        for (float v : image.embedding()) {
            embedding.add(v);
        }
        SequencedMap<String, Object> line = new LinkedHashMap<>();
        line.put("time", time.toString());
        line.put("model_sha256", model);
        line.put("group", image.group());
        line.put("features", features);
        line.put("embedding", embedding);
        ByteBuffer bytes = ByteBuffer.wrap((Json.of(line).compact() + "\n").getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            file.write(bytes);
        }
    }

    /**
     * The images that a model saw, in their order.
     *
     * @param model its SHA-256
     * @throws FormatException if a line is none of such a file, or none is of that model
     */
    public static List<Observation> read(Path file, String model) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new NoSuchFileException(file.toString());
        }
        List<Observation> images = new ArrayList<>();
        String text = Files.readString(file);
        int number = 0;
        for (int from = 0, to; (to = text.indexOf('\n', from)) >= 0; from = to + 1) { // half a line is being written
            number++;
            try {
                Json line = Json.parse(text.substring(from, to));
                if (line.get("model_sha256").asText().equals(model)) {
                    images.add(observation(line));
                }
            } catch (FormatException | IllegalArgumentException e) {
                throw new FormatException(file + ", line " + number + ": " + e.getMessage(), e);
            }
        }
        if (images.isEmpty()) {
            throw new FormatException(
                    "%s: of its %d images none was seen by the model with the SHA-256 %s; name the one that was served with"
                                    .formatted(file, number, model)
                            + " --model");
        }
        return images;
    }

    private static Observation observation(Json line) throws FormatException {
        Map<Feature, Double> values = new EnumMap<>(Feature.class);
        for (Map.Entry<String, Json> feature : line.get("features").asObject().entrySet()) {
            values.put(Feature.of(feature.getKey()), feature.getValue().asDouble());
        }
        List<Json> numbers = line.get("embedding").asList();
        float[] embedding = new float[numbers.size()];
        for (int i = 0; i < embedding.length; i++) {
            embedding[i] = (float) numbers.get(i).asDouble();
        }
        return new Observation(line.get("group").asText(), values, embedding);
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
