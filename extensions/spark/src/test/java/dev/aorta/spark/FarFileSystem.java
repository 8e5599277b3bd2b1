package dev.aorta.spark;

import java.io.IOException;
import java.net.URI;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;

/** Files of this machine as if they were on others: {@code far:///tmp/x} is {@code /tmp/x}. */
public final class FarFileSystem extends RawLocalFileSystem {
    private static final AtomicLong READ = new AtomicLong();

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

    /** Bytes that this process has read. */
    static long read() {
        return READ.get();
    }

    @Override
    public FSDataInputStream open(Path path, int buffer) throws IOException {
        return new FSDataInputStream(new Counted(super.open(path, buffer)));
    }

    /** Counts what is read. */
    private static final class Counted extends FSInputStream {
        private final FSDataInputStream in;

        Counted(FSDataInputStream in) {
            this.in = in;
        }

        private static int counted(int bytes) {
            READ.addAndGet(Math.max(0, bytes));
            return bytes;
        }

        @Override
        public int read() throws IOException {
            int value = in.read();
            counted(value < 0 ? 0 : 1);
            return value;
        }

        @Override
        public int read(byte[] to, int offset, int length) throws IOException {
            return counted(in.read(to, offset, length));
        }

        @Override
        public int read(long position, byte[] to, int offset, int length) throws IOException {
            return counted(in.read(position, to, offset, length));
        }

        @Override
        public void seek(long position) throws IOException {
            in.seek(position);
        }

        @Override
        public long getPos() throws IOException {
            return in.getPos();
        }

        @Override
        public boolean seekToNewSource(long position) {
            return false;
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
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
