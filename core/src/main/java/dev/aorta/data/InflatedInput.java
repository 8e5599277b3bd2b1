package dev.aorta.data;

import dev.aorta.io.wire.RecordFrame;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.nio.ByteBuffer;
import java.util.zip.CRC32;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import java.util.zip.ZipException;

/**
 * Decompresses a zlib stream (RFC 1950), or gzip members one after the other (RFC 1952), and fails where java.util.zip ends
 * quietly: when anything but a further gzip member follows, or when a preset dictionary is asked for. Records could be lost there
 * unseen.
 */
final class InflatedInput extends InflaterInputStream {
    static final int GZIP_MAGIC = 0x8b1f;

    private static final int BUFFER_BYTES = 1 << 16;
    private static final int HEADER_CRC = 2, EXTRA = 4, NAME = 8, COMMENT = 16, RESERVED = 0xe0;

    private final PushbackInputStream source;
    private final boolean gzip;
    private final CRC32 crc = new CRC32();
    private final long limit;
    private long expanded;
    private boolean ended;

    /** @param limit more bytes than these are an error */
    InflatedInput(InputStream in, boolean gzip, long limit) throws IOException {
        this(new PushbackInputStream(in, BUFFER_BYTES), gzip, limit);
    }

    private InflatedInput(PushbackInputStream source, boolean gzip, long limit) throws IOException {
        super(source, new Inflater(gzip), BUFFER_BYTES);
        this.limit = limit;
        this.source = source;
        this.gzip = gzip;
        if (gzip) {
            memberHeader();
        }
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        while (!ended) {
            int count = super.read(bytes, offset, length);
            if (count >= 0) {
                crc.update(bytes, offset, count);
                expanded += count;
                if (expanded > limit) {
                    throw new ZipException(
                            "it expands to more than " + limit + " bytes; if that is meant, decompress it first");
                }
                return count;
            }
            nextMember();
        }
        return -1;
    }

    private void nextMember() throws IOException {
        if (!inf.finished()) {
            throw new ZipException("the zlib stream wants a preset dictionary");
        }
        source.unread(buf, len - inf.getRemaining(), inf.getRemaining());
        if (gzip) {
            ByteBuffer trailer = RecordFrame.littleEndian(take(2 * Integer.BYTES));
            if (trailer.getInt() != (int) crc.getValue() || trailer.getInt() != (int) inf.getBytesWritten()) {
                throw new ZipException("the gzip trailer does not match the data");
            }
        }
        int next = source.read();
        ended = next < 0;
        if (!ended) {
            if (!gzip) {
                throw new ZipException("bytes follow the end of the zlib stream");
            }
            source.unread(next);
            memberHeader();
            inf.reset();
            crc.reset();
        }
    }

    private void memberHeader() throws IOException {
        ByteBuffer header = RecordFrame.littleEndian(take(10));
        int flags = header.get(3);
        if (Short.toUnsignedInt(header.getShort(0)) != GZIP_MAGIC || header.get(2) != 8 || (flags & RESERVED) != 0) {
            throw new ZipException("no gzip header where one must be");
        }
        if ((flags & EXTRA) != 0) {
            take(Short.toUnsignedInt(RecordFrame.littleEndian(take(Short.BYTES)).getShort()));
        }
        for (int text = flags & (NAME | COMMENT); text != 0; text &= text - 1) {
            while (take(1)[0] != 0) {
                // a zero byte ends the text
            }
        }
        take((flags & HEADER_CRC) != 0 ? Short.BYTES : 0);
    }

    private byte[] take(int count) throws IOException {
        byte[] bytes = source.readNBytes(count);
        if (bytes.length < count) {
            throw new EOFException("the file ends inside a gzip header or trailer");
        }
        return bytes;
    }

    @Override
    public void close() throws IOException {
        super.close();
        inf.end();
    }
}
