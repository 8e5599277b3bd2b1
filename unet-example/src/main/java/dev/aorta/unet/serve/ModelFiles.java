package dev.aorta.unet.serve;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** What knows the files of models; a request names a model and a version, and never a file. */
public interface ModelFiles {
    /**
     * The file of a version, which was checked as far as it can be.
     *
     * @return the file, or null when there is no such version
     * @throws IOException when it is not what it should be
     */
    @Nullable
    Path file(String name, String version) throws IOException;

    /** The version that an alias stands for now, or null. */
    default @Nullable String version(String name, String alias) throws IOException {
        return null;
    }
}
