package dev.aorta.unet.imaging;

import dev.aorta.data.TfRecordFiles;
import dev.aorta.data.TfRecordIndex;
import dev.aorta.io.FormatException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** The records of one TFRecord file or of several of a name, which must be there. */
public final class RecordShards {
    private RecordShards() {}

    /**
     * Opens the files that a name stands for, as {@link TfRecordFiles#find}.
     *
     * @throws FormatException if there are none, or a shard is missing
     */
    public static TfRecordIndex open(Path name) throws IOException {
        List<Path> found = TfRecordFiles.find(name);
        if (found.isEmpty()) {
            throw new FormatException(name
                    + ": there is no such file; make a data set with 'unet prepare', or name its folder with --data");
        }
        return TfRecordIndex.open(found);
    }
}
