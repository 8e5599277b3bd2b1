package dev.aorta.data;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aorta.data.TfRecordReader.Options;
import dev.aorta.io.FormatException;
import dev.aorta.io.wire.RecordFrame;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.zip.CRC32C;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TfRecordTest {
    private static final int SIDE = 256;

    @TempDir
    Path directory;

    @Test
    void frameIsLengthChecksumDataChecksum() throws IOException {
        Path file = write(TfRecordCompression.NONE, "foo".getBytes(UTF_8));
        assertThat(HexFormat.of().formatHex(Files.readAllBytes(file)))
                .isEqualTo("0300000000000000" + lengthCrc(3) + "666f6f" + crc("foo"));
        // CRC-32C of 32 zero bytes, RFC 3720 B.4, masked
        assertThat(RecordFrame.maskedCrc(new byte[32], 0, 32)).isEqualTo(mask(0x8a9136aa));
    }

    @ParameterizedTest
    @EnumSource
    void recordsSurviveARoundTrip(TfRecordCompression compression) throws IOException {
        Random random = new Random(7);
        byte[][] records = new byte[50][];
        for (int i = 0; i < records.length; i++) {
            records[i] = new byte[i % 10 == 0 ? 0 : random.nextInt(200_000)];
            random.nextBytes(records[i]);
        }
        Path file = write(compression, records);
        assertThat(TfRecordCompression.detect(file)).isEqualTo(compression);
        assertThat(readAll(file)).containsExactly(records);
        try (TfRecordReader reader = TfRecordReader.open(file, Options.of(compression))) {
            assertThat(reader.next()).isEqualTo(records[0]);
        }
        assertThat(Files.readAllBytes(write(compression, records)))
                .as("written again")
                .isEqualTo(Files.readAllBytes(file));
    }

    @ParameterizedTest
    @EnumSource
    void fileWithoutRecordsIsSound(TfRecordCompression compression) throws IOException {
        assertThat(readAll(write(compression))).isEmpty();
    }

    @Test
    void schemaAAndSchemaB() throws IOException {
        Random random = new Random(1);
        long[] pixels = random.longs((long) SIDE * SIDE, 0, 1801).toArray();
        ByteBuffer image = RecordFrame.littleEndian(new byte[SIDE * SIDE * Long.BYTES]);
        image.asLongBuffer().put(pixels);
        byte[] label = new byte[SIDE * SIDE];
        for (int i = 0; i < label.length; i++) {
            label[i] = (byte) random.nextInt(2);
        }
        Example.Builder common = Example.builder()
                .ints("height", SIDE)
                .ints("width", SIDE)
                .ints("depth", 1)
                .bytes("label_raw", label);
        byte[] a = common.bytes("img_raw", image.array()).build().toByteArray();
        Example b = Example.builder()
                .ints("height", SIDE)
                .ints("width", SIDE)
                .ints("depth", 1)
                .text("name", "SC-HF-I-1/IM-0001-0059")
                .bytes("image_raw", image.array())
                .bytes("label_raw", label)
                .build();
        Path file = directory.resolve("train_images.tfrecords");
        TfRecordWriter.write(file, TfRecordCompression.NONE, writer -> {
            writer.write(a);
            writer.write(b);
        });
        try (TfRecordIndex index = TfRecordIndex.open(file)) {
            assertThat(index.readExample(0))
                    .hasToString(
                            "depth int64[1], height int64[1], img_raw bytes[524288], label_raw bytes[65536], width int64[1]");
            Example read = index.readExample(1);
            long[] back = new long[pixels.length];
            RecordFrame.littleEndian(read.bytes("image_raw")).asLongBuffer().get(back);
            assertThat(back).isEqualTo(pixels);
            assertThat(read.bytes("label_raw")).isEqualTo(label);
            assertThat(read.ints("height")).containsExactly(SIDE);
            assertThat(read.text("name")).isEqualTo("SC-HF-I-1/IM-0001-0059");
            assertThatThrownBy(() -> index.readExample(0).bytes("image_raw"))
                    .isInstanceOf(FormatException.class)
                    .hasMessageStartingWith(
                            file + ": record 0 at byte 0: there is no feature 'image_raw'; it has depth");
        }
    }

    @Test
    void indexReadsInAnyOrderAndFromManyThreads() throws Exception {
        byte[][] records = new byte[100][];
        Arrays.setAll(records, i -> new byte[] {(byte) i, (byte) (i * i)});
        Path file = write(TfRecordCompression.NONE, records);
        try (TfRecordIndex index = TfRecordIndex.open(file);
                var threads = Executors.newFixedThreadPool(4)) {
            assertThat(index.size()).isEqualTo(100);
            List<Callable<byte[]>> reads = new ArrayList<>();
            for (int i = 0; i < 1000; i++) {
                int record = i * 37 % 100;
                reads.add(() -> index.read(record));
            }
            List<Future<byte[]>> results = threads.invokeAll(reads);
            for (int i = 0; i < 1000; i++) {
                assertThat(results.get(i).get()).isEqualTo(records[i * 37 % 100]);
            }
            assertThatThrownBy(() -> index.read(100)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> index.read(-1)).isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @Test
    void indexExpandsCompressedFiles() throws IOException {
        for (TfRecordCompression compression : List.of(TfRecordCompression.GZIP, TfRecordCompression.ZLIB)) {
            Path file = write(compression, new byte[3], new byte[] {1, 2});
            try (TfRecordIndex index = TfRecordIndex.open(file)) {
                assertThat(index.size()).isEqualTo(2);
                assertThat(index.read(1)).containsExactly(1, 2);
            }
        }
    }

    @Test
    void expansionHasALimit() throws IOException {
        Path file = write(TfRecordCompression.GZIP, new byte[1000]);
        try (InputStream in = TfRecordCompression.GZIP.decode(Files.newInputStream(file), 500)) {
            assertThatThrownBy(in::readAllBytes)
                    .hasMessage("it expands to more than 500 bytes; if that is meant, decompress it first");
        }
    }

    @Test
    void indexFindsDamageInTheDataWhenItIsRead() throws IOException {
        Path file = corrupt(write(TfRecordCompression.NONE, new byte[3], new byte[5], new byte[7]), 19 + 12);
        try (TfRecordIndex index = TfRecordIndex.open(file)) {
            assertThat(index.size()).isEqualTo(3);
            assertThat(index.read(2)).hasSize(7);
            assertThatThrownBy(() -> index.read(1))
                    .isInstanceOf(TfRecordException.class)
                    .hasMessageStartingWith(file + ": record 1 at byte 19: the data's checksum is ");
            Files.write(file, Arrays.copyOf(Files.readAllBytes(file), 50));
            assertThatThrownBy(() -> index.read(2))
                    .isInstanceOf(TfRecordException.class)
                    .hasMessageContaining("the file has become shorter");
        }
    }

    @Test
    void corruptRecordIsAnErrorThatTellsWhereAndWhatToDo() throws IOException {
        Path file = corrupt(write(TfRecordCompression.NONE, new byte[3], new byte[5], new byte[7]), 19 + 12);
        try (TfRecordReader reader = TfRecordReader.open(file)) {
            assertThat(reader.next()).hasSize(3);
            assertThatThrownBy(reader::next).isInstanceOfSatisfying(TfRecordException.class, e -> {
                assertThat(e.file()).isEqualTo(file.toString());
                assertThat(e.recordNumber()).isEqualTo(1);
                assertThat(e.offset()).isEqualTo(19);
                assertThat(e).hasMessageContaining("restore the file from its source");
            });
        }
    }

    @Test
    void corruptRecordsAreSkippedAndCountedOnRequest() throws IOException {
        Path file = write(TfRecordCompression.NONE, new byte[3], new byte[5], new byte[7], new byte[9]);
        corrupt(file, 19 + 12);
        corrupt(file, 19 + 21 + 12 + 7 + 1);
        try (TfRecordReader reader =
                TfRecordReader.open(file, Options.of(TfRecordCompression.NONE).skippingCorrupt())) {
            assertThat(reader.next()).hasSize(3);
            assertThat(reader.next()).hasSize(9);
            assertThat(reader.next()).isNull();
            assertThat(reader.skipped()).isEqualTo(2);
        }
    }

    @Test
    void damagedLengthAndTruncationStopEvenWhenSkipping() throws IOException {
        Options skipping = Options.of(TfRecordCompression.NONE).skippingCorrupt();
        Path file = corrupt(write(TfRecordCompression.NONE, new byte[3], new byte[5]), 19 + 2);
        try (TfRecordReader reader = TfRecordReader.open(file, skipping)) {
            reader.next();
            assertThatThrownBy(reader::next)
                    .isInstanceOf(TfRecordException.class)
                    .hasMessageContaining("the next record cannot be found either");
        }
        Path cut = Files.write(
                directory.resolve("cut"),
                Arrays.copyOf(Files.readAllBytes(write(TfRecordCompression.NONE, new byte[3])), 17));
        try (TfRecordReader reader = TfRecordReader.open(cut, skipping)) {
            assertThatThrownBy(reader::next)
                    .isInstanceOf(TfRecordException.class)
                    .hasMessageContaining(
                            "record 0 at byte 0: the file ends inside the record: 3 bytes of data and 4 of their checksum must follow its length, but 5 are left");
        }
    }

    @Test
    void longRecordsNeedARaisedLimit() throws IOException {
        Path file = write(TfRecordCompression.NONE, new byte[1000]);
        Options options = Options.of(TfRecordCompression.NONE);
        try (TfRecordReader reader = TfRecordReader.open(file, options.withMaxRecordBytes(999))) {
            assertThatThrownBy(reader::next)
                    .isInstanceOf(TfRecordException.class)
                    .hasMessageContaining(
                            "1000 bytes long, over the limit of 999; if that is meant, raise Options.maxRecordBytes");
        }
        try (TfRecordReader reader = TfRecordReader.open(file, options.withMaxRecordBytes(1000))) {
            assertThat(reader.next()).hasSize(1000);
        }
        assertThatIllegalArgumentException().isThrownBy(() -> options.withMaxRecordBytes(-1));
    }

    @Test
    void recordThatIsNoExampleIsNamed() throws IOException {
        Path file = write(TfRecordCompression.NONE, new byte[] {8});
        try (TfRecordReader reader = TfRecordReader.open(file)) {
            assertThatThrownBy(reader::nextExample)
                    .isInstanceOf(TfRecordException.class)
                    .hasMessage(file + ": record 0 at byte 0: not a tf.train.Example: malformed protobuf at byte 1:"
                            + " the message ends inside a varint");
        }
    }

    @Test
    void wrongCompressionIsNamed() throws IOException {
        Path plain = write(TfRecordCompression.NONE, new byte[100]);
        for (TfRecordCompression wrong : List.of(TfRecordCompression.GZIP, TfRecordCompression.ZLIB)) {
            assertThatThrownBy(() -> readAll(plain, Options.of(wrong)))
                    .isInstanceOf(TfRecordException.class)
                    .hasMessageContaining("cannot be read")
                    .hasMessageContaining("its true compression");
        }
        Path zipped = write(TfRecordCompression.GZIP, new byte[100]);
        assertThatThrownBy(() -> readAll(zipped, Options.of(TfRecordCompression.NONE)))
                .isInstanceOf(TfRecordException.class)
                .hasMessageContaining("not a TFRecord file with compression NONE");
    }

    @Test
    void gzipMembersFollowOneAnotherAndNothingElseDoes() throws IOException {
        byte[] member = gzip(frames(new byte[] {1}));
        Path file = directory.resolve("members.gz");
        Files.write(file, concat(member, gzip(frames(new byte[] {2}, new byte[] {3}))));
        assertThat(readAll(file)).containsExactly(new byte[] {1}, new byte[] {2}, new byte[] {3});
        for (byte[] tail : List.of(
                new byte[1], new byte[100], Arrays.copyOf(member, 5), Arrays.copyOf(member, member.length - 1))) {
            Files.write(file, concat(member, tail));
            assertThatThrownBy(() -> readAll(file)).as("%d bytes", tail.length).isInstanceOf(TfRecordException.class);
        }
    }

    @Test
    void gzipHeaderFieldsArePassedOver() throws IOException {
        byte[] plain = gzip(frames(new byte[] {1}));
        byte[] fields = HexFormat.of().parseHex("1f8b081e0000000000ff" + "0200abcd" + "6100" + "6200" + "0000");
        Path file = Files.write(
                directory.resolve("fields.gz"), concat(fields, Arrays.copyOfRange(plain, 10, plain.length)));
        assertThat(readAll(file)).containsExactly(new byte[] {1});
    }

    @Test
    void zlibWithATailOrAPresetDictionaryIsRefused() throws IOException {
        ByteArrayOutputStream zlib = new ByteArrayOutputStream();
        try (DeflaterOutputStream out = new DeflaterOutputStream(zlib)) {
            out.write(frames(new byte[] {1}));
        }
        Path file = Files.write(directory.resolve("tail.zlib"), concat(zlib.toByteArray(), new byte[1]));
        assertThatThrownBy(() -> readAll(file))
                .isInstanceOf(TfRecordException.class)
                .hasMessageContaining("bytes follow");
        Deflater deflater = new Deflater();
        deflater.setDictionary(new byte[] {1, 2, 3});
        zlib.reset();
        try (DeflaterOutputStream out = new DeflaterOutputStream(zlib, deflater)) {
            out.write(frames(new byte[] {1}));
        }
        deflater.end();
        Files.write(file, zlib.toByteArray());
        assertThatThrownBy(() -> readAll(file))
                .isInstanceOf(TfRecordException.class)
                .hasMessageContaining("preset dictionary");
    }

    @Test
    void failingRecordsLeaveNoFile() {
        Path file = directory.resolve("half.tfrecords");
        for (TfRecordCompression compression : TfRecordCompression.values()) {
            assertThatThrownBy(() -> TfRecordWriter.write(file, compression, writer -> {
                        writer.write(new byte[1 << 20]);
                        throw new IOException("no more patients");
                    }))
                    .hasMessage("no more patients");
            assertThat(directory).isEmptyDirectory();
        }
    }

    @Test
    void whatCannotBeReadIsNamed() throws IOException {
        assertThatThrownBy(() -> TfRecordReader.open(directory))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(directory.toString());
        Path file = write(TfRecordCompression.NONE, new byte[1]);
        TfRecordIndex closed = TfRecordIndex.open(file);
        closed.close();
        assertThatThrownBy(() -> closed.read(0))
                .isInstanceOf(TfRecordException.class)
                .hasMessageStartingWith(file + ": record 0 at byte 0: cannot be read");
    }

    private static String lengthCrc(long length) {
        byte[] bytes = new byte[8];
        RecordFrame.littleEndian(bytes).putLong(length);
        return hexCrc(bytes);
    }

    private static String crc(String text) {
        return hexCrc(text.getBytes(UTF_8));
    }

    private static String hexCrc(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return HexFormat.of().toHexDigits(Integer.reverseBytes(mask((int) crc.getValue())));
    }

    private static int mask(int crc) {
        return ((crc >>> 15) | (crc << 17)) + 0xa282ead8;
    }

    private static byte[] frames(byte[]... records) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] record : records) {
            RecordFrame.write(out, record);
        }
        return out.toByteArray();
    }

    private static byte[] gzip(byte[] bytes) throws IOException {
        ByteArrayOutputStream zipped = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(zipped)) {
            out.write(bytes);
        }
        return zipped.toByteArray();
    }

    private static byte[] concat(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    private static Path corrupt(Path file, int offset) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[offset] ^= 0x10;
        return Files.write(file, bytes);
    }

    private Path write(TfRecordCompression compression, byte[]... records) throws IOException {
        Path file = directory.resolve("records");
        TfRecordWriter.write(file, compression, writer -> {
            for (byte[] record : records) {
                writer.write(record);
            }
        });
        return file;
    }

    private static List<byte[]> readAll(Path file) throws IOException {
        return readAll(file, Options.of(TfRecordCompression.detect(file)));
    }

    private static List<byte[]> readAll(Path file, Options options) throws IOException {
        List<byte[]> records = new ArrayList<>();
        try (TfRecordReader reader = TfRecordReader.open(file, options)) {
            for (byte[] record = reader.next(); record != null; record = reader.next()) {
                records.add(record);
            }
        }
        return records;
    }
}
