package dev.aorta.bench.kernel;

import dev.aorta.data.Example;
import dev.aorta.data.TfRecordReader;
import dev.aorta.unet.augment.Augmentation;
import dev.aorta.unet.augment.Window;
import dev.aorta.unet.imaging.LabelledSlice;
import dev.aorta.unet.imaging.SliceFolder;
import dev.aorta.unet.phantom.PhantomDataset;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.Blackhole;

/** What happens to 256 x 256 slices on their way to the network. */
@SuppressWarnings("NullAway.Init") // JMH calls write()
public class DataBenchmark extends Kernels {
    private static final int SLICES = 8;
    private static final int SIZE = 256;

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
        cpu.download(image, normal(image.length));
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

    /** One slice with the application's standard augmentation, on one thread. */
    @Benchmark
    public float[] augment() {
        augmentation.apply(1, 0, index++, SIZE, SIZE, image, label, Window.whole(SIZE, SIZE), newImage, newLabel);
        return newImage;
    }
}
