package dev.aorta.data;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aorta.cluster.ProcessGroup;
import dev.aorta.cluster.Processes;
import dev.aorta.io.wire.RecordFrame;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Processes that look for the records of files together. */
@Timeout(60)
class RecordTableTest {
    private static final long SEED = 20261130;

    @TempDir
    private Path folder;

    private Path file(String name, List<byte[]> records) throws IOException {
        Path file = folder.resolve(name);
        TfRecordWriter.write(file, TfRecordCompression.NONE, writer -> {
            for (byte[] record : records) {
                writer.write(record);
            }
        });
        return file;
    }

    /** Records of all lengths, some of which hold what looks like records, and one that is longer than all others together. */
    private static List<byte[]> records(Random random, int count) throws IOException {
        List<byte[]> records = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            byte[] data = new byte[i == count / 3 ? 40_000 : random.nextInt(200)];
            random.nextBytes(data);
            if (i % 5 == 0) {
                ByteArrayOutputStream nested = new ByteArrayOutputStream();
                for (int k = random.nextInt(30); k >= 0; k--) {
                    RecordFrame.write(nested, Arrays.copyOf(data, random.nextInt(20)));
                }
                data = nested.toByteArray();
            }
            records.add(data);
        }
        return records;
    }

    @Test
    void anyNumberOfProcessesFindsTheSameRecords() throws Exception {
        for (int round = 0; round < 20; round++) {
            Random random = new Random(SEED + round);
            List<Path> files = List.of(
                    file("a" + round, records(random, 1 + random.nextInt(60))),
                    file("empty" + round, List.of()),
                    file("b" + round, records(random, 1 + random.nextInt(9))));
            List<RecordTable> alone = RecordTable.of(files, ProcessGroup.alone());
            for (int f = 0; f < files.size(); f++) {
                try (TfRecordReader reader = TfRecordReader.open(files.get(f))) {
                    for (int i = 0; i < alone.get(f).size(); i++) {
                        assertThat(reader.offset()).isEqualTo(alone.get(f).offsets()[i]);
                        byte[] data = Objects.requireNonNull(reader.next());
                        assertThat(RecordFrame.maskedCrc(data, 0, data.length))
                                .isEqualTo(alone.get(f).checksum(i));
                    }
                    assertThat(reader.next()).isNull();
                    assertThat(reader.offset())
                            .isEqualTo(alone.get(f).offsets()[alone.get(f).size()]);
                }
            }
            for (int size : new int[] {2, 8}) {
                assertThat(Processes.of(size, (rank, group) -> RecordTable.of(files, group)))
                        .as("seed %d, %d processes", SEED + round, size)
                        .hasSize(size)
                        .containsOnly(alone);
            }
        }
    }

    @Test
    void aDigestIsOfAllLengthsAndChecksums() throws Exception {
        List<byte[]> records = records(new Random(SEED), 30);
        String digest = digest(file("one", records));
        assertThat(digest(file("same", records))).isEqualTo(digest).hasSize(64);
        records.get(17)[0]++;
        assertThat(digest(file("other", records))).isNotEqualTo(digest);
    }

    private static String digest(Path file) throws IOException {
        return RecordTable.of(List.of(file), ProcessGroup.alone()).getFirst().digest();
    }

    @Test
    void damageIsAnErrorInAllProcessesThatNamesFileRecordAndByte() throws Exception {
        List<byte[]> records = records(new Random(SEED), 60);
        Path sound = file("sound", records);
        long[] offsets =
                RecordTable.of(List.of(sound), ProcessGroup.alone()).getFirst().offsets();
        byte[] bytes = Files.readAllBytes(sound);
        for (int record : new int[] {0, 7, 33, 59}) {
            for (int at : new int[] {3, RecordFrame.HEADER_BYTES}) { // length, data
                byte[] broken = bytes.clone();
                broken[(int) offsets[record] + at] ^= 4;
                Path file = Files.write(folder.resolve("broken"), broken);
                String where = file + ": record " + record + " at byte " + offsets[record] + ": the "
                        + (at == 3 ? "length" : "data") + "'s checksum is ";
                for (int size : new int[] {1, 4}) {
                    assertThat(Processes.of(size, (rank, group) -> RecordTable.of(List.of(sound, file), group)))
                            .allSatisfy(end -> assertThat((Throwable) end)
                                    .isInstanceOf(TfRecordException.class)
                                    .hasMessageStartingWith(where));
                }
            }
        }
        Path cut = Files.write(folder.resolve("cut"), Arrays.copyOf(bytes, bytes.length - 3));
        assertThat(Processes.of(4, (rank, group) -> RecordTable.of(List.of(cut), group)))
                .allSatisfy(end -> assertThat((Throwable) end)
                        .hasMessageStartingWith(
                                cut + ": record 59 at byte " + offsets[59] + ": the file ends inside the record"));
    }

    @Test
    void otherFilesInAnotherProcessAreNamed() throws Exception {
        Path one = file("one", records(new Random(1), 5));
        Path other = file("two", records(new Random(2), 6));
        assertThat(Processes.of(2, (rank, group) -> RecordTable.of(List.of(rank == 0 ? one : other), group)))
                .allSatisfy(end -> assertThat((Throwable) end)
                        .isInstanceOf(IOException.class)
                        .hasMessageContaining("let all read the same file"));
        assertThat(Processes.of(2, (rank, group) -> RecordTable.of(rank == 0 ? List.of() : List.of(other), group)))
                .allSatisfy(end -> assertThat((Throwable) end).hasMessageContaining("files of records, this one has"));
    }

    @Test
    void severalFilesAreCountedThrough() throws Exception {
        List<byte[]> records = records(new Random(SEED), 20);
        List<Path> files = List.of(
                file("none", List.of()),
                file("first", records.subList(0, 13)),
                file("empty", List.of()),
                file("last", records.subList(13, 20)));
        try (TfRecordIndex index = TfRecordIndex.open(files)) {
            assertThat(index.size()).isEqualTo(20);
            for (int i = 0; i < 20; i++) {
                assertThat(index.read(i)).isEqualTo(records.get(i));
            }
            assertThat(index.where(12)).isEqualTo(files.get(1) + ": record 12");
            assertThat(index.where(13)).isEqualTo(files.get(3) + ": record 0");
        }
    }
}
