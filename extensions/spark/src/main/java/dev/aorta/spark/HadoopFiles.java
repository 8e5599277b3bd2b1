package dev.aorta.spark;

import dev.aorta.cluster.ProcessGroup;
import dev.aorta.data.IndexedFiles;
import dev.aorta.data.RecordTable;
import dev.aorta.data.TfRecordCompression;
import dev.aorta.data.TfRecordException;
import dev.aorta.data.TfRecordReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.WatchService;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.RemoteIterator;
import org.jspecify.annotations.Nullable;

/**
 * A file system of Hadoop for what reads files of Java. It can only be read, nothing is copied, and of a TFRecord file a process reads the
 * records that it asks for.
 */
final class HadoopFiles extends FileSystem implements IndexedFiles {
    private final org.apache.hadoop.fs.FileSystem hadoop;
    private final HadoopProvider provider = new HadoopProvider(this);
    private final Map<Path, RecordTable> tables = new HashMap<>();

    private HadoopFiles(org.apache.hadoop.fs.FileSystem hadoop) {
        this.hadoop = hadoop;
    }

    /**
     * A file or folder whose TFRecord files all workers have looked through together, each a part of them. All call this together.
     *
     * @return where it is, or null in all workers when it has no TFRecord file, or a compressed one, which cannot be read by position
     * @throws IOException when a file cannot be read, a record is corrupt, or workers do not see the same
     */
    static @Nullable Path indexed(
            org.apache.hadoop.fs.FileSystem hadoop, org.apache.hadoop.fs.Path source, ProcessGroup group)
            throws IOException {
        HadoopFiles files = new HadoopFiles(hadoop);
        String mine = group.rank() == 0 ? String.join("\n", files.records(source)) : "";
        String names = new String(group.broadcast(mine.getBytes(StandardCharsets.UTF_8)), StandardCharsets.UTF_8);
        if (names.isEmpty()) {
            return null;
        }
        List<Path> records = names.lines().map(files::getPath).toList();
        List<RecordTable> found = RecordTable.of(records, group);
        for (int i = 0; i < found.size(); i++) {
            files.tables.put(records.get(i), found.get(i));
        }
        return files.path(source);
    }

    /** The TFRecord files, in the order of their names. */
    private List<String> records(org.apache.hadoop.fs.Path source) throws IOException {
        List<FileStatus> all = new ArrayList<>();
        for (RemoteIterator<LocatedFileStatus> each = hadoop.listFiles(source, true); each.hasNext(); ) {
            all.add(each.next());
        }
        all.sort(Comparator.comparingLong(FileStatus::getLen)
                .reversed()); // the largest says at once what a folder is of
        List<String> records = new ArrayList<>();
        for (FileStatus file : all) {
            Path path = path(file.getPath());
            boolean compressed = TfRecordCompression.detect(path) != TfRecordCompression.NONE;
            if (!compressed && isOfRecords(path)) {
                records.add(((HadoopPath) path).names().toString());
            } else if (compressed || records.isEmpty()) {
                return List.of();
            }
        }
        records.sort(null);
        return records;
    }

    private static boolean isOfRecords(Path file) throws IOException {
        try (TfRecordReader reader = TfRecordReader.open(file)) {
            return reader.hasRecord();
        } catch (TfRecordException e) {
            return false;
        }
    }

    org.apache.hadoop.fs.FileSystem hadoop() {
        return hadoop;
    }

    HadoopPath path(org.apache.hadoop.fs.Path path) {
        return new HadoopPath(this, Path.of(path.toUri().getPath()));
    }

    org.apache.hadoop.fs.Path hadoop(Path path) {
        Path names = HadoopPath.of(path.toAbsolutePath()).names();
        return hadoop.makeQualified(new org.apache.hadoop.fs.Path(null, null, names.toString()));
    }

    @Override
    public @Nullable RecordTable records(Path file) {
        return tables.get(file.toAbsolutePath().normalize());
    }

    @Override
    public HadoopProvider provider() {
        return provider;
    }

    @Override
    public void close() {
        throw new UnsupportedOperationException("it is Spark's");
    }

    @Override
    public boolean isOpen() {
        return true;
    }

    @Override
    public boolean isReadOnly() {
        return true;
    }

    @Override
    public String getSeparator() {
        return org.apache.hadoop.fs.Path.SEPARATOR;
    }

    @Override
    public Iterable<Path> getRootDirectories() {
        return List.of(getPath(org.apache.hadoop.fs.Path.SEPARATOR));
    }

    @Override
    public Iterable<FileStore> getFileStores() {
        return List.of();
    }

    @Override
    public Set<String> supportedFileAttributeViews() {
        return Set.of("basic");
    }

    @Override
    public Path getPath(String first, String... more) {
        return new HadoopPath(this, Path.of(first, more));
    }

    @Override
    public PathMatcher getPathMatcher(String pattern) {
        PathMatcher names = java.nio.file.FileSystems.getDefault().getPathMatcher(pattern);
        return path -> names.matches(HadoopPath.of(path).names());
    }

    @Override
    public UserPrincipalLookupService getUserPrincipalLookupService() {
        throw new UnsupportedOperationException();
    }

    @Override
    public WatchService newWatchService() {
        throw new UnsupportedOperationException();
    }
}
