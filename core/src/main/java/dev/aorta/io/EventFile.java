package dev.aorta.io;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import dev.aorta.io.wire.ProtobufWriter;
import dev.aorta.io.wire.RecordFrame;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.Flushable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Locale;

/**
 * Writes curves and pictures that TensorBoard shows: {@code tensorboard --logdir DIRECTORY}. The file grows event by event and is
 * complete up to the last {@link #flush}.
 *
 * @see <a href="https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/util/event.proto">event.proto</a>
 * @see <a href="https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/framework/summary.proto">summary.proto</a>
 */
public final class EventFile implements Closeable, Flushable {
    private static final class Event {
        static final int WALL_TIME = 1, STEP = 2, FILE_VERSION = 3, SUMMARY = 5;
    }

    private static final class Summary {
        static final int VALUE = 1;
    }

    private static final class Value {
        static final int TAG = 1, SIMPLE_VALUE = 2, IMAGE = 4;
    }

    private static final class Image {
        static final int HEIGHT = 1, WIDTH = 2, COLORSPACE = 3, ENCODED = 4;
    }

    private static final long PNG_SIGNATURE = 0x89504e470d0a1a0aL;
    private static final int PNG_HEADER_BYTES = 26;

    private final Path file;
    private final OutputStream out;
    private final InstantSource clock;

    /** Writes into a stream that is buffered here; errors name the file. */
    EventFile(Path file, OutputStream out, InstantSource clock) {
        this.file = file;
        this.out = new BufferedOutputStream(out);
        this.clock = clock;
    }

    /**
     * Starts {@code events.out.tfevents.SECONDS.aorta} in a directory that exists, with a number behind it where a file of the same
     * second stands, whose last event a killed process may have left unfinished.
     *
     * @param directory must exist
     * @param clock gives each event its wall time
     * @return a file that holds its version and no event yet
     * @throws IOException if the file cannot be created or written
     */
    public static EventFile create(Path directory, InstantSource clock) throws IOException {
        String name = String.format(
                Locale.ROOT, "events.out.tfevents.%010d.aorta", clock.instant().getEpochSecond());
        EventFile events = unused(directory, name, clock);
        try {
            events.write(events.event().text(Event.FILE_VERSION, "brain.Event:2"));
            events.flush();
            return events;
        } catch (IOException e) {
            try (events) {
                throw e;
            }
        }
    }

    private static EventFile unused(Path directory, String name, InstantSource clock) throws IOException {
        for (int i = 1; ; i++) {
            Path file = directory.resolve(i == 1 ? name : name + "." + i);
            try {
                return new EventFile(file, Files.newOutputStream(file, CREATE_NEW, WRITE), clock);
            } catch (FileAlreadyExistsException e) {
                // the next number
            }
        }
    }

    /**
     * Adds a point to the curve {@code tag}.
     *
     * @param tag name of the curve
     * @param step abscissa of the point
     * @param value ordinate, rounded to float32; NaN and infinities are written as they are
     * @throws IOException if the file cannot be written
     */
    public void scalar(String tag, long step, double value) throws IOException {
        summary(step, new ProtobufWriter().text(Value.TAG, tag).float32(Value.SIMPLE_VALUE, (float) value));
    }

    /**
     * Adds a picture to the series {@code tag}.
     *
     * @param tag name of the series
     * @param step place in the series
     * @param png a PNG file, whose header gives height, width and channels; not decoded otherwise
     * @throws IllegalArgumentException if the picture is no PNG
     * @throws IOException if the file cannot be written
     */
    public void image(String tag, long step, byte[] png) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(png);
        if (png.length < PNG_HEADER_BYTES || bytes.getLong(0) != PNG_SIGNATURE) {
            throw new IllegalArgumentException("the picture '" + tag + "' is not a PNG");
        }
        int channels = switch (bytes.get(25)) {
            case 0 -> 1;
            case 4 -> 2;
            case 6 -> 4;
            default -> 3;
        };
        ProtobufWriter image = new ProtobufWriter()
                .varint(Image.HEIGHT, bytes.getInt(20))
                .varint(Image.WIDTH, bytes.getInt(16))
                .varint(Image.COLORSPACE, channels)
                .bytes(Image.ENCODED, png);
        summary(step, new ProtobufWriter().text(Value.TAG, tag).message(Value.IMAGE, image));
    }

    @Override
    public void flush() throws IOException {
        named(out::flush);
    }

    @Override
    public void close() throws IOException {
        named(out::close);
    }

    private interface Action {
        void run() throws IOException;
    }

    private void named(Action action) throws IOException {
        try {
            action.run();
        } catch (IOException e) {
            throw new IOException("cannot write " + file + ": " + AtomicFile.reason(e), e);
        }
    }

    private void summary(long step, ProtobufWriter value) throws IOException {
        ProtobufWriter summary = new ProtobufWriter().message(Summary.VALUE, value);
        write(event().varint(Event.STEP, step).message(Event.SUMMARY, summary));
    }

    private ProtobufWriter event() {
        Instant now = clock.instant();
        return new ProtobufWriter().float64(Event.WALL_TIME, now.getEpochSecond() + now.getNano() * 1e-9);
    }

    private void write(ProtobufWriter event) throws IOException {
        named(() -> RecordFrame.write(out, event.toByteArray()));
    }
}
