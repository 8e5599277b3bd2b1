package dev.aorta.unet.registry;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** The lines of a file, each ended by a line feed, one in memory at a time. */
final class Lines {
    /** Bytes of a line beyond which the rest of it is left out. */
    static final int MOST = 64 << 20;

    private final InputStream in;
    private final byte[] chunk = new byte[1 << 16];
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private int at;
    private int end;

    Lines(InputStream in) {
        this.in = in;
    }

    /** The next whole line without its end, or null where there is none. */
    byte @Nullable [] next() throws IOException {
        line.reset();
        while (true) {
            if (at == end) {
                at = 0;
                end = Math.max(in.read(chunk), 0);
                if (end == 0) {
                    return null;
                }
            }
            int from = at;
            while (at < end && chunk[at] != '\n') {
                at++;
            }
            if (line.size() <= MOST) {
                line.write(chunk, from, at - from);
            }
            if (at < end) {
                at++;
                return line.toByteArray();
            }
        }
    }

    /** Whether something stands behind the last whole line. */
    boolean isCutOff() {
        return line.size() > 0;
    }
}
