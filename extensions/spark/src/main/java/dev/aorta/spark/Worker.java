package dev.aorta.spark;

import dev.aorta.cluster.ProcessGroup;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;

/** One of the processes that train together, in a task of a barrier stage. Not thread-safe. */
public final class Worker {
    private final ProcessGroup group;
    private final int attempt;
    private final Configuration hadoop;

    Worker(ProcessGroup group, int attempt, Configuration hadoop) {
        this.group = group;
        this.attempt = attempt;
        this.hadoop = hadoop;
    }

    /** {@return the number of this worker, from 0} */
    public int rank() {
        return group.rank();
    }

    /** {@return the number of workers, a power of two} */
    public int size() {
        return group.size();
    }

    /** {@return which attempt this is, from 0} */
    public int attempt() {
        return attempt;
    }

    /** {@return the workers' group, for {@code Trainer.shards}; it is closed when the work ends} */
    public ProcessGroup group() {
        return group;
    }

    /**
     * A file or a folder of any file system that Spark knows. What is local is given as it is. TFRecord files that are not local stay where
     * they are: all workers look through them together, each an equal part of the bytes, and read later what they are asked for, by
     * position, of a record only that is the same as it was then. Other files, and folders with a compressed TFRecord file, are copied, and
     * the executor keeps the copy until it ends. All workers call this together, and must see the same.
     *
     * @param uri such as {@code hdfs://namenode/data/train.tfrecords} or {@code s3a://bucket/data}
     * @return where it is, for {@code TfRecordIndex} and {@link java.nio.file.Files}, a path of this machine or of a file system of its own;
     *     not to be written to
     * @throws dev.aorta.data.TfRecordException when a record of a file that is not local is corrupt
     * @throws IOException when it cannot be read, or is not what another worker has
     */
    public Path data(String uri) throws IOException {
        var given = new org.apache.hadoop.fs.Path(uri);
        FileSystem files = given.getFileSystem(hadoop);
        var source = files.makeQualified(given);
        if (source.toUri().getScheme().equals("file")) {
            return same(uri, new LocalCopy(Path.of(source.toUri().getPath()), false));
        }
        Path far = HadoopFiles.indexed(files, source, group);
        return far != null ? far : same(uri, LocalCopy.of(files, source));
    }

    /** What the worker has, if all others have the same. */
    private Path same(String uri, LocalCopy copy) throws IOException {
        String mine = copy.digest();
        String first = new String(group.broadcast(mine.getBytes(StandardCharsets.UTF_8)), StandardCharsets.UTF_8);
        if (!mine.equals(first)) {
            copy.discard();
            throw new IOException(
                    "[spark] %s: worker %d has SHA-256 %s, worker 0 has %s; give all machines the same data"
                            .formatted(uri, rank(), mine, first));
        }
        return copy.path();
    }
}
