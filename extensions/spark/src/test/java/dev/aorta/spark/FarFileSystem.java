package dev.aorta.spark;

import java.io.IOException;
import java.net.URI;
import java.util.stream.Stream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;

/** Files of this machine as if they were on others: {@code far:///tmp/x} is {@code /tmp/x}. */
public final class FarFileSystem extends RawLocalFileSystem {
    @Override
    public String getScheme() {
        return "far";
    }

    @Override
    public URI getUri() {
        return URI.create("far:///");
    }

    @Override
    public FileStatus getFileStatus(Path path) throws IOException {
        return plain(super.getFileStatus(path));
    }

    @Override
    public FileStatus[] listStatus(Path path) throws IOException {
        return Stream.of(super.listStatus(path)).map(FarFileSystem::plain).toArray(FileStatus[]::new);
    }

    /** Without what only files of this machine have. */
    private static FileStatus plain(FileStatus local) {
        return new FileStatus(
                local.getLen(),
                local.isDirectory(),
                1,
                local.getBlockSize(),
                local.getModificationTime(),
                local.getPath());
    }
}
