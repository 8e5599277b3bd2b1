package dev.aorta.spark;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import org.apache.hadoop.fs.FSDataInputStream;

/** A file of Hadoop that is read on and on, or by position by several threads at once. It stays open when one of them is interrupted. */
final class HadoopChannel extends FileChannel {
    private static final int BUFFER = 1 << 16;

    private final FSDataInputStream in;
    private final long size;

    HadoopChannel(FSDataInputStream in, long size) {
        this.in = in;
        this.size = size;
    }

    /** Reads some bytes into an array. */
    private interface Reading {
        int into(byte[] array, int offset, int length) throws IOException;
    }

    private static int read(ByteBuffer to, Reading reading) throws IOException {
        if (to.hasArray()) {
            int count = reading.into(to.array(), to.arrayOffset() + to.position(), to.remaining());
            to.position(to.position() + Math.max(0, count));
            return count;
        }
        byte[] some = new byte[Math.min(to.remaining(), BUFFER)];
        int count = reading.into(some, 0, some.length);
        to.put(some, 0, Math.max(0, count));
        return count;
    }

    @Override
    public synchronized int read(ByteBuffer to) throws IOException {
        return read(to, in::read);
    }

    @Override
    public int read(ByteBuffer to, long position) throws IOException {
        return read(to, (array, offset, length) -> in.read(position, array, offset, length));
    }

    @Override
    public synchronized long read(ByteBuffer[] to, int offset, int length) throws IOException {
        long all = 0;
        for (int i = offset; i < offset + length; i++) {
            while (to[i].hasRemaining()) {
                int count = read(to[i]);
                if (count < 0) {
                    return all == 0 ? -1 : all;
                }
                all += count;
            }
        }
        return all;
    }

    @Override
    public synchronized long position() throws IOException {
        return in.getPos();
    }

    @Override
    public synchronized FileChannel position(long position) throws IOException {
        in.seek(position);
        return this;
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel to) throws IOException {
        ByteBuffer some = ByteBuffer.allocate((int) Math.min(count, BUFFER));
        return read(some, position) < 0 ? 0 : to.write(some.flip());
    }

    @Override
    public int write(ByteBuffer from) {
        throw new NonWritableChannelException();
    }

    @Override
    public int write(ByteBuffer from, long position) {
        throw new NonWritableChannelException();
    }

    @Override
    public long write(ByteBuffer[] from, int offset, int length) {
        throw new NonWritableChannelException();
    }

    @Override
    public long transferFrom(ReadableByteChannel from, long position, long count) {
        throw new NonWritableChannelException();
    }

    @Override
    public FileChannel truncate(long to) {
        throw new NonWritableChannelException();
    }

    @Override
    public void force(boolean all) {}

    @Override
    public MappedByteBuffer map(MapMode mode, long position, long length) {
        throw new UnsupportedOperationException();
    }

    @Override
    public FileLock lock(long position, long length, boolean shared) {
        throw new UnsupportedOperationException();
    }

    @Override
    public FileLock tryLock(long position, long length, boolean shared) {
        throw new UnsupportedOperationException();
    }

    @Override
    protected void implCloseChannel() throws IOException {
        in.close();
    }
}
