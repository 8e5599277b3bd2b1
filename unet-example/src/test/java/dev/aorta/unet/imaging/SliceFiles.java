package dev.aorta.unet.imaging;

import dev.aorta.data.Example;
import dev.aorta.data.TfRecordReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reads back what tests have written. */
public final class SliceFiles {
    private SliceFiles() {}

    /** All slices of a TFRecord file. */
    public static List<LabelledSlice> read(Path file) throws IOException {
        List<LabelledSlice> slices = new ArrayList<>();
        try (TfRecordReader reader = TfRecordReader.open(file)) {
            for (Example record = reader.nextExample(); record != null; record = reader.nextExample()) {
                slices.add(LabelledSlice.parse(record));
            }
        }
        return slices;
    }
}
