package dev.aorta.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import com.sun.management.ThreadMXBean;
import dev.aorta.data.TfRecordReader.Options;
import dev.aorta.io.FormatException;
import dev.aorta.io.wire.ProtobufWriter;
import dev.aorta.io.wire.RecordFrame;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Damaged and malicious files give a {@link FormatException}, quickly, without much memory. */
class MutatedTfRecordTest {
    /** Memory that reading one small mutated file may take; most of it is for the buffers of the streams. */
    private static final long MAX_ALLOCATED_BYTES = 4 << 20;

    private static final Duration MAX_TIME = Duration.ofSeconds(30);

    @TempDir
    Path directory;

    /** CRC-32C finds every flipped bit of a record. */
    @Test
    void everyFlippedBitIsFound() throws IOException {
        byte[] sound = file(TfRecordCompression.NONE);
        assertTimeoutPreemptively(MAX_TIME, () -> {
            for (int bit = 0; bit < 8 * sound.length; bit += 7) {
                assertThat(read(flip(sound, bit), TfRecordCompression.NONE))
                        .as("bit %d", bit)
                        .isNull();
            }
        });
    }

    @ParameterizedTest
    @EnumSource(names = {"GZIP", "ZLIB"})
    void flippedBitsOfCompressedFilesAreFoundOrHarmless(TfRecordCompression compression) throws IOException {
        byte[] sound = file(compression);
        assertTimeoutPreemptively(MAX_TIME, () -> {
            int harmless = 0;
            for (int bit = 0; bit < 8 * sound.length; bit++) {
                List<byte[]> records = read(flip(sound, bit), compression);
                if (records != null) {
                    harmless++;
                    assertThat(records).as("bit %d", bit).containsExactly(records());
                }
            }
            assertThat(harmless).as("bits of the header without meaning here").isLessThan(80);
        });
    }

    @ParameterizedTest
    @EnumSource
    void everyTruncationIsFoundExceptBetweenRecords(TfRecordCompression compression) throws IOException {
        byte[] sound = file(compression);
        List<Integer> boundaries = new ArrayList<>();
        assertTimeoutPreemptively(MAX_TIME, () -> {
            for (int size = 0; size < sound.length; size++) {
                if (read(Arrays.copyOf(sound, size), compression) != null) {
                    boundaries.add(size);
                }
            }
        });
        int first = 16 + records()[0].length;
        assertThat(boundaries)
                .isEqualTo(compression == TfRecordCompression.NONE ? List.of(0, first, first + 16) : List.of());
    }

    /** The length's checksum is right, so only the limits protect the memory. */
    @ParameterizedTest
    @EnumSource
    void absurdLengthsTakeNoMemory(TfRecordCompression compression) throws IOException {
        long[] lengths = {
            1,
            100,
            1 << 20,
            256 << 20,
            (256 << 20) + 1,
            Integer.MAX_VALUE - 8,
            Integer.MAX_VALUE,
            1L << 31,
            1L << 32,
            Long.MAX_VALUE,
            Long.MIN_VALUE,
            -1,
            -4,
            -12
        };
        for (long length : lengths) {
            byte[] header = new byte[RecordFrame.HEADER_BYTES];
            ByteBuffer fields = RecordFrame.littleEndian(header).putLong(length);
            fields.putInt(RecordFrame.maskedCrc(header, 0, Long.BYTES));
            ByteArrayOutputStream file = new ByteArrayOutputStream();
            var out = compression.encode(file);
            out.write(header);
            out.close();
            assertThat(read(file.toByteArray(), compression))
                    .as("length %d", length)
                    .isNull();
            if (compression == TfRecordCompression.NONE) {
                assertThatThrownBy(() -> TfRecordIndex.open(directory.resolve("mutated")))
                        .isInstanceOf(TfRecordException.class)
                        .hasMessageContaining("the file ends inside the record: " + Long.toUnsignedString(length));
            }
        }
    }

    /** A megabyte of zeros deflates to a kilobyte; the limit holds for what comes out. */
    @Test
    void compressedBombStopsAtTheLimit() throws IOException {
        Path file = directory.resolve("bomb.gz");
        TfRecordWriter.write(file, TfRecordCompression.GZIP, writer -> writer.write(new byte[64 << 20]));
        Options options = Options.of(TfRecordCompression.GZIP).withMaxRecordBytes(1 << 20);
        long before = allocated();
        try (TfRecordReader reader = TfRecordReader.open(file, options)) {
            reader.next();
            throw new AssertionError("must not be read");
        } catch (TfRecordException e) {
            assertThat(e).hasMessageContaining("over the limit of 1048576");
        }
        assertThat(allocated() - before).isLessThan(MAX_ALLOCATED_BYTES);
    }

    /** Random mutations of every kind; those of the protobuf get right checksums, so that they reach the decoder. */
    @Test
    void thousandMutatedFilesGiveANamedExceptionOrSoundRecords() {
        assertTimeoutPreemptively(MAX_TIME, () -> {
            int refused = 0;
            for (int seed = 0; seed < 1000; seed++) {
                Random random = new Random(seed);
                TfRecordCompression compression = TfRecordCompression.values()[random.nextInt(3)];
                byte[] mutated = random.nextBoolean()
                        ? mutate(file(compression), random)
                        : file(compression, mutate(records()[0], random));
                refused += examples(mutated, compression, seed) ? 0 : 1;
            }
            assertThat(refused).isGreaterThan(700);
        });
    }

    @Test
    void deepAndEndlessProtobufGivesANamedException() throws IOException {
        byte[] endless = new byte[1 << 20];
        Arrays.fill(endless, (byte) 0xff);
        byte[] groups = new byte[1 << 20];
        Arrays.fill(groups, (byte) (1 << 3 | 3));
        byte[] deep = {};
        for (int i = 0; i < 2000; i++) {
            deep = new ProtobufWriter().bytes(1, deep).toByteArray();
        }
        for (byte[] message : List.of(endless, groups, deep)) {
            assertTimeoutPreemptively(MAX_TIME, () -> {
                assertThat(examples(file(TfRecordCompression.NONE, message), TfRecordCompression.NONE, 0))
                        .isFalse();
            });
        }
    }

    /** One that memory could be wasted on: very many values in very few bytes. */
    @Test
    void memoryForValuesIsAFewTimesTheMessage() throws IOException {
        byte[] packed = new ProtobufWriter().bytes(1, new byte[1 << 20]).toByteArray();
        byte[] unpacked = new byte[1 << 20];
        for (int i = 0; i < unpacked.length; i += 2) {
            unpacked[i] = 1 << 3;
        }
        for (byte[] list : List.of(packed, unpacked)) {
            ProtobufWriter entry = new ProtobufWriter().text(1, "x").message(2, new ProtobufWriter().bytes(3, list));
            byte[] message = new ProtobufWriter()
                    .message(1, new ProtobufWriter().message(1, entry))
                    .toByteArray();
            long before = allocated();
            Example example = Example.parse(message);
            assertThat(allocated() - before).isLessThan(40L << 20);
            assertThat(example.ints("x").length).isGreaterThanOrEqualTo(1 << 19);
        }
    }

    private static byte[] mutate(byte[] sound, Random random) {
        byte[] bytes = sound.clone();
        switch (random.nextInt(4)) {
            case 0 -> {
                return flip(bytes, random.nextInt(8 * bytes.length));
            }
            case 1 -> {
                return Arrays.copyOf(bytes, random.nextInt(bytes.length));
            }
            case 2 -> Arrays.fill(bytes, random.nextInt(bytes.length), bytes.length, (byte) 0xff);
            default -> {
                for (int i = random.nextInt(1, 20); i > 0; i--) {
                    bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
                }
            }
        }
        return bytes;
    }

    private static byte[] flip(byte[] sound, int bit) {
        byte[] flipped = sound.clone();
        flipped[bit / 8] ^= (byte) (1 << bit % 8);
        return flipped;
    }

    /** The records, or null if there was a named exception; anything else fails the test. */
    private @Nullable List<byte[]> read(byte[] file, TfRecordCompression compression) throws IOException {
        Path path = Files.write(directory.resolve("mutated"), file);
        List<byte[]> records = new ArrayList<>();
        long before = allocated();
        try (TfRecordReader reader = TfRecordReader.open(path, Options.of(compression))) {
            for (byte[] record = reader.next(); record != null; record = reader.next()) {
                records.add(record);
            }
            return records;
        } catch (TfRecordException e) {
            assertThat(e).hasMessageStartingWith(path + ": record " + e.recordNumber() + " at byte " + e.offset());
            return null;
        } finally {
            assertThat(allocated() - before).isLessThan(MAX_ALLOCATED_BYTES);
        }
    }

    private boolean examples(byte[] file, TfRecordCompression compression, int seed) throws IOException {
        List<byte[]> records = read(file, compression);
        if (records == null) {
            return false;
        }
        long before = allocated();
        try {
            for (byte[] record : records) {
                Example.parse(record).toByteArray();
            }
            return true;
        } catch (FormatException e) {
            assertThat(e).as("seed %d", seed).hasMessageContaining("protobuf at byte");
            return false;
        } finally {
            assertThat(allocated() - before).as("seed %d", seed).isLessThan(MAX_ALLOCATED_BYTES);
        }
    }

    private static byte[] file(TfRecordCompression compression) throws IOException {
        return file(compression, records());
    }

    private static byte[] file(TfRecordCompression compression, byte[]... records) throws IOException {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        try (var out = compression.encode(file)) {
            for (byte[] record : records) {
                RecordFrame.write(out, record);
            }
        }
        return file.toByteArray();
    }

    private static byte[][] records() {
        byte[] example = Example.builder()
                .ints("height", 4)
                .ints("width", 4)
                .ints("depth", 1)
                .text("name", "SC-HF-I-1/IM-0001-0059")
                .floats("spacing", 1.3f, 8)
                .bytes("image_raw", new byte[128])
                .bytes("label_raw", new byte[16])
                .build()
                .toByteArray();
        return new byte[][] {example, {}, {1, 2, 3}};
    }

    private static long allocated() {
        return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
    }
}
