package dev.aorta.spark;

import dev.aorta.cluster.ProcessGroup;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;

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
     * A file or a folder of any file system that Spark knows, as a local one: itself where it is local, else a copy that the executor
     * keeps until it ends. All workers call this together, and their SHA-256 must be the same.
     *
     * @param uri such as {@code hdfs://namenode/data/train.tfrecords} or {@code s3a://bucket/data}
     * @return where it is on this machine; not to be written to
     * @throws IOException when it cannot be read, or is not what worker 0 has
     */
    public Path data(String uri) throws IOException {
        LocalCopy copy = LocalCopy.of(uri, hadoop);
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
