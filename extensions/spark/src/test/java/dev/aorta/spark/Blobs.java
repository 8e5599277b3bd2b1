package dev.aorta.spark;

import dev.aorta.Shape;
import dev.aorta.data.Dataset;
import dev.aorta.data.Example;
import dev.aorta.data.TfRecordCompression;
import dev.aorta.data.TfRecordIndex;
import dev.aorta.data.TfRecordWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;

/** Points around three centres, the records of a file. */
record Blobs(TfRecordIndex records) implements Dataset {
    static final int CLASSES = 3;
    private static final int BYTES = 16_000;

    static void write(Path file, int count, long seed) throws IOException {
        write(file, TfRecordCompression.NONE, count, new Random(seed));
    }

    /** In shards: {@code name-00000-of-00003} and so on. */
    static void write(Path name, int shards, int count, long seed) throws IOException {
        Random random = new Random(seed);
        for (int i = 0; i < shards; i++) {
            Path shard = name.resolveSibling("%s-%05d-of-%05d".formatted(name.getFileName(), i, shards));
            write(shard, TfRecordCompression.NONE, count * (i + 1) / shards - count * i / shards, random);
        }
    }

    /** With records as long as those of pictures. */
    static void write(Path file, TfRecordCompression compression, int count, Random random) throws IOException {
        byte[] rest = new byte[BYTES];
        random.nextBytes(rest);
        TfRecordWriter.write(file, compression, writer -> {
            for (int i = 0; i < count; i++) {
                int type = random.nextInt(CLASSES);
                writer.write(Example.builder()
                        .floats("x", (float) (2 * Math.cos(2 * type) + random.nextGaussian()))
                        .floats("y", (float) (2 * Math.sin(2 * type) + random.nextGaussian()))
                        .ints("class", type)
                        .bytes("rest", rest)
                        .build());
            }
        });
    }

    @Override
    public int size() {
        return records.size();
    }

    @Override
    public Shape inputShape() {
        return Shape.of(2);
    }

    @Override
    public Shape labelShape() {
        return Shape.of();
    }

    @Override
    public void read(int index, float[] input, float[] label) throws IOException {
        Example example = records.readExample(index);
        input[0] = example.floats("x")[0];
        input[1] = example.floats("y")[0];
        label[0] = example.ints("class")[0];
    }
}
