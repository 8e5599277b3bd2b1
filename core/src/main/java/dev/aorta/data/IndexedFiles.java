package dev.aorta.data;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link java.nio.file.FileSystem} implements that knows where the records of its TFRecord files begin. {@link TfRecordIndex} then
 * reads no file to find them, and of its channels ({@link java.nio.file.spi.FileSystemProvider#newFileChannel}) only the records that it
 * is asked for, by position, by several threads at once.
 */
public interface IndexedFiles {
    /**
     * The records of a file.
     *
     * @param file of this file system
     * @return its table, or null where it has none
     */
    @Nullable
    RecordTable records(Path file);
}
