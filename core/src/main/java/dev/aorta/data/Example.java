package dev.aorta.data;

import static dev.aorta.io.wire.ProtobufReader.DELIMITED;

import dev.aorta.data.Feature.Kind;
import dev.aorta.io.FormatException;
import dev.aorta.io.ReadBudget;
import dev.aorta.io.wire.ProtobufReader;
import dev.aorta.io.wire.ProtobufWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.SequencedSet;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * {@code tf.train.Example}: named lists of bytes, floats or integers, as protobuf encodes them. Features may come in any order;
 * of two with the same name the later one counts; unknown fields are ignored, groups are refused.
 *
 * @see <a href="https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/example/example.proto">example.proto</a>
 */
public final class Example {
    private static final int FEATURES = 1, ENTRY = 1, KEY = 1, VALUE = 2;
    private static final int MAX_FEATURES = 1 << 16;

    private final SortedMap<String, Feature> features;
    private final String source;

    private Example(SortedMap<String, Feature> features, String source) {
        this.features = features;
        this.source = source;
    }

    /**
     * Decodes an example. It keeps {@code message} instead of copying it, so leave the array as it is.
     *
     * @param message in protobuf's format
     * @return the example
     * @throws FormatException if the bytes break protobuf's rules, or there are more than 65,536 features or 1,048,576 values
     * in a bytes list
     */
    public static Example parse(byte[] message) throws FormatException {
        return parse(message, "example", ReadBudget.ofReading());
    }

    /** With the example's origin for the messages of its accessors, and what its values may cost. */
    static Example parse(byte[] message, String source, ReadBudget budget) throws FormatException {
        SortedMap<String, Feature> features = new TreeMap<>();
        ProtobufReader in = new ProtobufReader(ByteBuffer.wrap(message), budget);
        for (int tag = in.tag(); tag != 0; tag = in.tag()) {
            if (tag == (FEATURES << 3 | DELIMITED)) {
                mergeFeatures(in.message(), features);
            } else {
                in.skip(tag);
            }
        }
        return new Example(features, source);
    }

    private static void mergeFeatures(ProtobufReader in, SortedMap<String, Feature> features) throws FormatException {
        for (int tag = in.tag(); tag != 0; tag = in.tag()) {
            if (tag == (ENTRY << 3 | DELIMITED)) {
                putEntry(in.message(), features);
                if (features.size() > MAX_FEATURES) {
                    throw in.error("more than " + MAX_FEATURES + " features");
                }
            } else {
                in.skip(tag);
            }
        }
    }

    private static void putEntry(ProtobufReader in, SortedMap<String, Feature> features) throws FormatException {
        String name = "";
        Feature feature = new Feature();
        for (int tag = in.tag(); tag != 0; tag = in.tag()) {
            switch (tag) {
                case KEY << 3 | DELIMITED -> name = in.text();
                case VALUE << 3 | DELIMITED -> feature.merge(in.message());
                default -> in.skip(tag);
            }
        }
        features.put(name, feature);
    }

    /** {@return the names of the features, sorted} */
    public SequencedSet<String> names() {
        return Collections.unmodifiableSequencedSet(features.sequencedKeySet());
    }

    /**
     * A copy of the one value of a bytes feature.
     *
     * @param name of the feature
     * @return the copy
     * @throws FormatException if there is no such feature, or it does not hold exactly one bytes value
     */
    public byte[] bytes(String name) throws FormatException {
        Feature feature = feature(name, Kind.BYTES);
        if (feature.count() != 1) {
            throw error("feature '" + name + "' holds " + feature.count() + " bytes values instead of one");
        }
        return feature.bytes().getFirst();
    }

    /**
     * The one value of a bytes feature, read as UTF-8.
     *
     * @param name of the feature
     * @return the text
     * @throws FormatException as {@link #bytes}
     */
    public String text(String name) throws FormatException {
        return new String(bytes(name), StandardCharsets.UTF_8);
    }

    /**
     * Copies of all values of a bytes feature.
     *
     * @param name of the feature
     * @return the copies
     * @throws FormatException if there is no such feature, or it holds another kind of value
     */
    public List<byte[]> bytesList(String name) throws FormatException {
        return feature(name, Kind.BYTES).bytes();
    }

    /**
     * All values of a float feature.
     *
     * @param name of the feature
     * @return the values
     * @throws FormatException if there is no such feature, or it holds another kind of value
     */
    public float[] floats(String name) throws FormatException {
        return feature(name, Kind.FLOATS).floats();
    }

    /**
     * All values of an int64 feature.
     *
     * @param name of the feature
     * @return the values
     * @throws FormatException if there is no such feature, or it holds another kind of value
     */
    public long[] ints(String name) throws FormatException {
        return feature(name, Kind.INTS).ints();
    }

    private Feature feature(String name) throws FormatException {
        Feature feature = features.get(name);
        if (feature == null) {
            throw error("there is no feature '" + name + "'; it has " + this);
        }
        return feature;
    }

    private Feature feature(String name, Kind kind) throws FormatException {
        Feature feature = feature(name);
        if (feature.kind() != kind) {
            throw error("feature '" + name + "' is " + feature + ", not "
                    + kind.name().toLowerCase(Locale.ROOT));
        }
        return feature;
    }

    private FormatException error(String what) {
        return new FormatException(source + ": " + what);
    }

    /** {@return the example as protobuf, features sorted by name: equal examples give equal bytes} */
    public byte[] toByteArray() {
        ProtobufWriter map = new ProtobufWriter();
        features.forEach((name, feature) ->
                map.message(ENTRY, new ProtobufWriter().text(KEY, name).message(VALUE, feature.write())));
        return new ProtobufWriter().message(FEATURES, map).toByteArray();
    }

    /**
     * Kind and size of a feature, such as {@code int64[1]} or {@code bytes[524288]}.
     *
     * @param name of the feature
     * @return the description
     * @throws FormatException if there is no such feature
     */
    public String describe(String name) throws FormatException {
        return feature(name).toString();
    }

    /** Names, kinds and sizes, such as {@code height int64[1], image_raw bytes[524288]}. */
    @Override
    public String toString() {
        return features.entrySet().stream()
                .map(entry -> entry.getKey() + " " + entry.getValue())
                .collect(Collectors.joining(", "));
    }

    /** {@return a builder of an example without features} */
    public static Builder builder() {
        return new Builder();
    }

    /** Collects features; a name given twice keeps the later values. */
    public static final class Builder {
        private final SortedMap<String, Feature> features = new TreeMap<>();

        private Builder() {}

        /**
         * A feature of bytes values.
         *
         * @param name of the feature
         * @param values of the feature
         * @return this
         */
        public Builder bytes(String name, byte[]... values) {
            return put(name, Feature.ofBytes(values));
        }

        /**
         * A feature of one bytes value: {@code value} in UTF-8.
         *
         * @param name of the feature
         * @param value of the feature
         * @return this
         */
        public Builder text(String name, String value) {
            return bytes(name, value.getBytes(StandardCharsets.UTF_8));
        }

        /**
         * A feature of float values.
         *
         * @param name of the feature
         * @param values of the feature
         * @return this
         */
        public Builder floats(String name, float... values) {
            return put(name, Feature.ofFloats(values));
        }

        /**
         * A feature of int64 values.
         *
         * @param name of the feature
         * @param values of the feature
         * @return this
         */
        public Builder ints(String name, long... values) {
            return put(name, Feature.ofInts(values));
        }

        private Builder put(String name, Feature feature) {
            features.put(name, feature);
            return this;
        }

        /** {@return the example} */
        public Example build() {
            return new Example(new TreeMap<>(features), "example");
        }
    }
}
