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

    static void write(Path file, int count, long seed) throws IOException {
        Random random = new Random(seed);
        TfRecordWriter.write(file, TfRecordCompression.NONE, writer -> {
            for (int i = 0; i < count; i++) {
                int type = random.nextInt(CLASSES);
                writer.write(Example.builder()
                        .floats("x", (float) (2 * Math.cos(2 * type) + random.nextGaussian()))
                        .floats("y", (float) (2 * Math.sin(2 * type) + random.nextGaussian()))
                        .ints("class", type)
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
