package dev.aorta.spark;

import java.net.URI;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.ProviderMismatchException;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import org.jspecify.annotations.Nullable;

/** A path of {@link HadoopFiles}, whose names are those of a local one. */
record HadoopPath(HadoopFiles files, Path names) implements Path {
    static HadoopPath of(Path path) {
        if (path instanceof HadoopPath there) {
            return there;
        }
        throw new ProviderMismatchException(path + " is a path of another file system");
    }

    private HadoopPath with(Path other) {
        return new HadoopPath(files, other);
    }

    private @Nullable HadoopPath orNull(@Nullable Path other) {
        return other == null ? null : with(other);
    }

    @Override
    public HadoopFiles getFileSystem() {
        return files;
    }

    @Override
    public boolean isAbsolute() {
        return names.isAbsolute();
    }

    @Override
    public @Nullable Path getRoot() {
        return orNull(names.getRoot());
    }

    @Override
    public @Nullable Path getFileName() {
        return orNull(names.getFileName());
    }

    @Override
    public @Nullable Path getParent() {
        return orNull(names.getParent());
    }

    @Override
    public int getNameCount() {
        return names.getNameCount();
    }

    @Override
    public Path getName(int index) {
        return with(names.getName(index));
    }

    @Override
    public Path subpath(int from, int to) {
        return with(names.subpath(from, to));
    }

    @Override
    public boolean startsWith(Path other) {
        return other instanceof HadoopPath there && there.files == files && names.startsWith(there.names);
    }

    @Override
    public boolean endsWith(Path other) {
        return other instanceof HadoopPath there && there.files == files && names.endsWith(there.names);
    }

    @Override
    public Path normalize() {
        return with(names.normalize());
    }

    @Override
    public Path resolve(Path other) {
        return with(names.resolve(of(other).names));
    }

    @Override
    public Path relativize(Path other) {
        return with(names.relativize(of(other).names));
    }

    /** The URI of Hadoop. */
    @Override
    public URI toUri() {
        return files.hadoop(this).toUri();
    }

    @Override
    public Path toAbsolutePath() {
        return isAbsolute() ? this : with(Path.of(files.getSeparator()).resolve(names));
    }

    @Override
    public Path toRealPath(LinkOption... options) {
        return toAbsolutePath().normalize();
    }

    @Override
    public WatchKey register(WatchService watcher, WatchEvent.Kind<?>[] events, WatchEvent.Modifier... modifiers) {
        throw new UnsupportedOperationException("files of Hadoop cannot be watched");
    }

    @Override
    public int compareTo(Path other) {
        return names.compareTo(of(other).names);
    }

    /** The URI of an absolute path, else its names. */
    @Override
    public String toString() {
        return isAbsolute() ? files.hadoop(this).toString() : names.toString();
    }
}
