package dev.aorta.bench.kernel;

import dev.aorta.data.Example;
import dev.aorta.data.InMemoryDataset;
import dev.aorta.data.JsonLines;
import dev.aorta.data.TfRecordReader;
import dev.aorta.unet.augment.Augmentation;
import dev.aorta.unet.augment.Window;
import dev.aorta.unet.imaging.LabelledSlice;
import dev.aorta.unet.imaging.SliceFolder;
import dev.aorta.unet.phantom.PhantomDataset;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Locale;
import java.util.StringJoiner;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.Blackhole;

/** What happens to data on their way to the network. */
@SuppressWarnings("NullAway.Init") // JMH calls write()
public class DataBenchmark extends Kernels {
    private static final int SLICES = 8;
    private static final int SIZE = 256;
    private static final int LINES = 2000;
    private static final int NUMBERS = 784;

    private final Augmentation augmentation = Augmentation.standard();
    private final float[] image = new float[SIZE * SIZE];
    private final float[] label = new float[SIZE * SIZE];
    private final float[] newImage = new float[SIZE * SIZE];
    private final float[] newLabel = new float[SIZE * SIZE];
    private Path folder;
    private long index;

    /** Writes simulated slices to a temporary folder. */
    @Setup
    public void write() throws IOException {
        folder = Files.createTempDirectory("bench-");
        PhantomDataset.write(folder, SLICES, 1, 1);
        for (boolean whole : new boolean[] {true, false}) {
            try (PrintWriter out = new PrintWriter(lines(whole).toFile(), StandardCharsets.UTF_8)) {
                for (int line = 0; line < LINES; line++) {
                    out.println(line(line, whole));
                }
            }
        }
        cpu.download(image, normal(image.length));
    }

    private Path lines(boolean whole) {
        return folder.resolve(whole ? "whole.jsonl" : "fractions.jsonl");
    }

    /** The same text as in json_lines.py. */
    private static String line(int line, boolean whole) {
        StringJoiner numbers = new StringJoiner(", ");
        for (int i = 0; i < NUMBERS; i++) {
            int grey = (line * 31 + i * 17) % 256;
            numbers.add(whole ? Integer.toString(grey) : String.format(Locale.ROOT, "%.6f", grey / 255.0));
        }
        return "{\"pixels\": [%s], \"digit\": %d}".formatted(numbers, line % 10);
    }

    /** Removes the folder. */
    @TearDown
    public void delete() throws IOException {
        try (var files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /** Reads, checks and decodes a TFRecord file of eight slices of 512 KiB. */
    @Benchmark
    public void eightRecords(Blackhole sink) throws IOException {
        try (TfRecordReader reader = TfRecordReader.open(folder.resolve(SliceFolder.TRAIN))) {
            for (Example e = reader.nextExample(); e != null; e = reader.nextExample()) {
                sink.consume(LabelledSlice.parse(e));
            }
        }
    }

    /** Reads 2,000 lines of 784 whole numbers, 7 MB. */
    @Benchmark
    public InMemoryDataset jsonLinesOfWholeNumbers() throws IOException {
        return JsonLines.read(lines(true), "pixels", "digit");
    }

    /** Reads 2,000 lines of 784 numbers with six decimals, 16 MB. */
    @Benchmark
    public InMemoryDataset jsonLinesOfFractions() throws IOException {
        return JsonLines.read(lines(false), "pixels", "digit");
    }

    /** One slice with the application's standard augmentation, on one thread. */
    @Benchmark
    public float[] augment() {
        augmentation.apply(1, 0, index++, SIZE, SIZE, image, label, Window.whole(SIZE, SIZE), newImage, newLabel);
        return newImage;
    }
}
