package dev.aorta.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.aorta.data.TfRecordReader;
import dev.aorta.io.wire.ProtobufReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EventFileTest {
    private static final Instant NOON = Instant.parse("2026-11-23T12:00:00.250Z");

    @TempDir
    Path directory;

    @Test
    void writesVersionScalarsAndImages() throws IOException {
        byte[] png = png(5, 3, 2);
        try (EventFile events = EventFile.create(directory, InstantSource.fixed(NOON))) {
            events.scalar("val/dice", 1, 0.5);
            events.image("val/best", 2, png);
        }
        List<String> events = events();
        assertThat(events).hasSize(3);
        // wall_time, file_version "brain.Event:2"
        assertThat(events.get(0)).isEqualTo(wallTime() + "1a0d627261696e2e4576656e743a32");
        // step 1, summary { value { tag "val/dice" simple_value 0.5 } }
        assertThat(events.get(1))
                .isEqualTo(wallTime() + "1001" + "2a11" + "0a0f" + "0a0876616c2f64696365" + "150000003f");
        assertThat(events.get(2))
                .startsWith(wallTime() + "1002" + "2a")
                .contains("08031005" + "1803" + "22")
                .endsWith(hex(png));
    }

    @Test
    void imageChannelsComeFromThePng() throws IOException {
        try (EventFile events = EventFile.create(directory, InstantSource.fixed(NOON))) {
            events.image("grey", 0, png(1, 1, 0));
            events.image("alpha", 0, png(1, 1, 6));
        }
        assertThat(events().get(1)).contains("08011001" + "1801");
        assertThat(events().get(2)).contains("08011001" + "1804");
    }

    @Test
    void flushedEventsCanBeReadWhileTheFileGrows() throws IOException {
        try (EventFile events = EventFile.create(directory, InstantSource.fixed(NOON))) {
            assertThat(events()).hasSize(1);
            for (int epoch = 1; epoch <= 3; epoch++) {
                events.scalar("loss", epoch, 1.0 / epoch);
                events.flush();
                assertThat(events()).hasSize(1 + epoch);
            }
        }
    }

    @Test
    void aFullDiskIsAnErrorThatNamesTheFile() {
        OutputStream full = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("No space left on device");
            }
        };
        EventFile events = new EventFile(directory.resolve("events"), full, InstantSource.fixed(NOON));
        assertThatIOException()
                .isThrownBy(() -> {
                    events.scalar("loss", 1, 1);
                    events.flush();
                })
                .withMessage("cannot write " + directory.resolve("events") + ": No space left on device");
    }

    @Test
    void onlyPngIsTaken() throws IOException {
        try (EventFile events = EventFile.create(directory, InstantSource.fixed(NOON))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> events.image("val/best", 0, new byte[100]))
                    .withMessage("the picture 'val/best' is not a PNG");
        }
    }

    private static String wallTime() {
        long bits = Long.reverseBytes(Double.doubleToRawLongBits(1_795_435_200.25));
        return "09" + HexFormat.of().toHexDigits(bits);
    }

    /** A second file of a second went on behind the first, whose end may be missing. */
    @Test
    void filesOfOneSecondAreTwo() throws IOException {
        InstantSource clock = InstantSource.fixed(Instant.ofEpochSecond(1_795_435_200));
        for (int i = 0; i < 2; i++) {
            EventFile.create(directory, clock).close();
        }
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files.map(f -> f.getFileName().toString()))
                    .containsExactlyInAnyOrder(
                            "events.out.tfevents.1795435200.aorta", "events.out.tfevents.1795435200.aorta.2");
        }
    }

    private List<String> events() throws IOException {
        Path file = directory.resolve("events.out.tfevents.1795435200.aorta");
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files).containsExactly(file);
        }
        List<String> events = new ArrayList<>();
        try (TfRecordReader reader = TfRecordReader.open(file)) {
            for (byte[] event = reader.next(); event != null; event = reader.next()) {
                ProtobufReader in = new ProtobufReader(event);
                for (int tag = in.tag(); tag != 0; tag = in.tag()) {
                    in.skip(tag);
                }
                events.add(hex(event));
            }
        }
        return events;
    }

    /** Signature and header of a PNG file; nobody here looks at its pixels. */
    private static byte[] png(int width, int height, int colourType) {
        return ByteBuffer.allocate(33)
                .put(HexFormat.of().parseHex("89504e470d0a1a0a" + "0000000d" + "49484452"))
                .putInt(width)
                .putInt(height)
                .put((byte) 8)
                .put((byte) colourType)
                .array();
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }
}
