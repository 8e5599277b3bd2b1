package dev.aorta.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import dev.aorta.data.TfRecordCompression;
import dev.aorta.data.TfRecordIndex;
import dev.aorta.data.TfRecordReader;
import dev.aorta.io.wire.ProtobufWriter;
import dev.aorta.io.wire.RecordFrame;
import dev.aorta.onnx.proto.ModelReader;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.zip.GZIPOutputStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Small files that would grow to gigabytes are refused before they do. */
class ReadBudgetTest {
    /** Garbage on the way included. */
    private static final long MOST_ALLOCATED = 1536L << 20;

    @TempDir
    Path folder;

    @Test
    void whatIsTakenIsCounted() throws FormatException {
        ReadBudget budget = new ReadBudget(100, Duration.ofMinutes(1));
        budget.take(60, "a");
        budget.element(40, "b");
        assertThatThrownBy(() -> budget.element(1, "c"))
                .isInstanceOf(FormatException.class)
                .hasMessageStartingWith("c would take more than the 0 MiB of memory");
        assertThatThrownBy(() -> budget.take(-1, "a length below 0")).isInstanceOf(FormatException.class);
        assertThatThrownBy(() -> new ReadBudget(100, Duration.ZERO).take(1, "d"))
                .hasMessageStartingWith("d took longer than the 0 s");
    }

    /** 5.1 GB before there was a budget. */
    @Test
    void aRecordOfManySmallNumbersInASmallFile() throws IOException {
        byte[] numbers = new byte[40 << 20];
        Path bomb = gzip("ints", record(numbers(3, numbers)));
        assertThat(Files.size(bomb)).isLessThan(1 << 20);
        refused(
                () -> TfRecordReader.open(bomb).nextExample(),
                "a list of 41943040 numbers would take more than the 256 MiB");
        refused(
                () -> TfRecordIndex.open(bomb).readExample(0),
                "a list of 41943040 numbers would take more than the 256 MiB");
    }

    @Test
    void aRecordThatIsLargeOnlyWhenItIsExpanded() throws IOException {
        Path bomb = gzip("large", record(new byte[(256 << 20) + 1]));
        TfRecordReader.Options any =
                TfRecordReader.Options.of(TfRecordCompression.GZIP).withMaxRecordBytes(1 << 29);
        refused(() -> TfRecordReader.open(bomb, any).next(), "the record of 268435457 bytes would take more than");
    }

    @Test
    void aPropertyThatIsNoNumberIsRefused() {
        System.setProperty("aorta.read.seconds", "soon");
        try {
            assertThatThrownBy(ReadBudget::ofReading)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("aorta.read.seconds must be a whole number from 1 to 9999999 and is 'soon'");
        } finally {
            System.clearProperty("aorta.read.seconds");
        }
    }

    @Test
    void headersOfManyValues() throws IOException {
        byte[] text = new byte[24 << 20];
        for (String value : new String[] {"{},", "0,", "[],", "\"\","}) {
            byte[] element = value.getBytes(StandardCharsets.US_ASCII);
            for (int i = 0; i < text.length; i++) {
                text[i] = element[i % element.length];
            }
            byte[] start = "{\"a\":[".getBytes(StandardCharsets.US_ASCII);
            System.arraycopy(start, 0, text, 0, start.length);
            text[start.length] = text[start.length - 1];
            Path file = folder.resolve("header");
            try (OutputStream out = Files.newOutputStream(file)) {
                byte[] length = new byte[Long.BYTES];
                RecordFrame.littleEndian(length).putLong(text.length);
                out.write(length);
                out.write(text);
            }
            assertThatThrownBy(() -> Safetensors.read(file)).isInstanceOf(FormatException.class);
        }
        byte[] lists = ("[" + "[],".repeat(8 << 20) + "0]").getBytes(StandardCharsets.US_ASCII);
        refused(() -> Json.parse(lists), "JSON would take more than the 256 MiB");
    }

    @Test
    void aNetworkOfNothingButNodes() throws IOException {
        byte[] graph = new byte[16 << 20];
        for (int i = 0; i < graph.length; i += 2) {
            graph[i] = 1 << 3 | 2; // GraphProto.node, empty
        }
        Path file = Files.write(
                folder.resolve("nodes.onnx"),
                new ProtobufWriter().bytes(7, graph).toByteArray());
        refused(() -> ModelReader.read(file), "a protobuf message would take more than the 256 MiB");
    }

    private static void refused(ThrowingCallable reading, String message) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        long start = System.nanoTime();
        assertThatThrownBy(reading).isInstanceOf(FormatException.class).hasMessageContaining(message);
        assertThat(threads.getCurrentThreadAllocatedBytes() - before)
                .as("bytes")
                .isLessThan(MOST_ALLOCATED);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
    }

    /** An example whose one feature, {@code a}, is a list of kind {@code field}. */
    private static byte[] numbers(int field, byte[] packed) {
        ProtobufWriter list = new ProtobufWriter().bytes(1, packed);
        ProtobufWriter entry = new ProtobufWriter().text(1, "a").message(2, new ProtobufWriter().message(field, list));
        return new ProtobufWriter()
                .message(1, new ProtobufWriter().message(1, entry))
                .toByteArray();
    }

    private static byte[] record(byte[] data) throws IOException {
        var out = new java.io.ByteArrayOutputStream(data.length + 16);
        RecordFrame.write(out, data);
        return out.toByteArray();
    }

    private Path gzip(String name, byte[] record) throws IOException {
        Path file = folder.resolve(name + ".tfrecords.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file), 1 << 16)) {
            out.write(record);
        }
        return file;
    }
}
