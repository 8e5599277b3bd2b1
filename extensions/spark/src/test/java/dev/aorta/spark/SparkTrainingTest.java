package dev.aorta.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aorta.cluster.ProcessGroup;
import dev.aorta.data.TfRecordCompression;
import dev.aorta.data.TfRecordFiles;
import dev.aorta.data.TfRecordIndex;
import dev.aorta.train.Callback;
import java.io.IOException;
import java.io.NotSerializableException;
import java.io.Serializable;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.apache.spark.SparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Trainings on four executors. */
@Timeout(180)
class SparkTrainingTest {
    private static final long SEED = 20261129;
    private static final int RECORDS = 200;
    private static final int SHARDS = 3;
    private static final int RECORD = 30;
    /** What is read of a file to see what it is, and beyond the end of a piece. */
    private static final long BESIDES = 6 << 16;

    @TempDir
    private static Path folder;

    private static Path data;
    private static SparkContext spark;
    private static BlobTraining.Result alone;

    @BeforeAll
    static void start() throws IOException {
        spark = LocalCluster.start(4).sparkContext();
        data = Files.createDirectories(folder.resolve("data"));
        Blobs.write(data.resolve("blobs"), SHARDS, RECORDS, SEED);
        Files.writeString(data.resolve("manifest.json"), "{}");
        alone = BlobTraining.train(data, folder.resolve("alone"), SEED, ProcessGroup.alone());
        System.out.println("seed " + SEED + ", SHA-256 of the model without Spark " + Sha256.of(alone.model()));
    }

    @AfterAll
    static void stop() {
        spark.stop();
    }

    /** What training came to, and the bytes that each worker has read of far files. */
    private record Far(BlobTraining.Result result, long[] read) implements Serializable {}

    /** Trains on so many, with data of another file system. */
    private static Far train(int workers, String run) {
        String far = "far://" + data;
        String checkpoints = folder.resolve(run).toString();
        return SparkTraining.of(spark).workers(workers).retries(0).run(worker -> {
            long before = FarFileSystem.read();
            BlobTraining.Result result =
                    BlobTraining.train(worker.data(far), Path.of(checkpoints), SEED, worker.group());
            byte[] read = Long.toString(FarFileSystem.read() - before).getBytes(StandardCharsets.US_ASCII);
            return new Far(
                    result,
                    Stream.of(worker.group().allGather(read))
                            .mapToLong(b -> Long.parseLong(new String(b, StandardCharsets.US_ASCII)))
                            .toArray());
        });
    }

    private static void requireBytesOfOne(BlobTraining.Result result, int workers) {
        assertThat(result.processes()).isEqualTo(workers);
        System.out.println("SHA-256 of the model on Spark " + Sha256.of(result.model()));
        assertThat(Sha256.of(result.model())).as("seed %d", SEED).isEqualTo(Sha256.of(alone.model()));
        assertThat(result.scores()).as("seed %d", SEED).isEqualTo(alone.scores());
    }

    @Test
    void oneTwoAndFourWorkersMakeTheBytesOfATrainingWithoutSpark() {
        for (int workers = 1; workers <= 4; workers *= 2) {
            requireBytesOfOne(train(workers, "workers-" + workers).result(), workers);
        }
    }

    /** Once to find the records, and in each epoch for training and for validation. */
    @Test
    void eachWorkerReadsItsShareOfFarFiles() throws IOException {
        long size = 0;
        for (Path file : TfRecordFiles.find(data.resolve("blobs"))) {
            size += Files.size(file);
        }
        long share = size * (1 + 2 * BlobTraining.EPOCHS) / 4;
        long[] read = train(4, "share").read();
        System.out.println("of " + size + " bytes each worker has read " + Arrays.toString(read));
        assertThat(read).hasSize(4);
        for (long bytes : read) {
            assertThat(bytes).isBetween(share * 9 / 10, share + BESIDES);
        }
    }

    /** What ends workers that read a record of a far file; the first changes the file when all have looked through it. */
    private static void requireFailure(String name, FarChange change, String... words) throws IOException {
        Path file = folder.resolve(name);
        Blobs.write(file, 40, SEED);
        String uri = "far://" + file;
        assertThatThrownBy(() -> SparkTraining.of(spark).workers(2).retries(0).run(worker -> {
                    Path far = worker.data(uri);
                    if (worker.rank() == 0) {
                        change.to(Path.of(URI.create(uri).getPath()));
                    }
                    worker.group().broadcast(new byte[0]);
                    try (TfRecordIndex records = TfRecordIndex.open(far)) {
                        records.read(RECORD);
                    }
                    return "";
                }))
                .isInstanceOf(SparkTrainingException.class)
                .satisfies(
                        e -> assertThat(e.getMessage()).contains("far:" + file).contains(words));
    }

    private interface FarChange extends Serializable {
        void to(Path file) throws IOException;
    }

    @Test
    void farFilesThatChangeWhileTheyAreTrainedOnAreFound() throws IOException {
        requireFailure("others", file -> Blobs.write(file, 40, SEED + 1), "record 30 at byte ", "has changed since");
        requireFailure(
                "shorter",
                file -> Files.write(file, Arrays.copyOf(Files.readAllBytes(file), (int) Files.size(file) / 2)),
                "record 30 at byte ",
                "has become shorter");
    }

    @Test
    void damageInAFarFileIsNamedBeforeATrainingBegins() throws IOException {
        Path file = folder.resolve("damaged");
        Blobs.write(file, 40, SEED);
        byte[] bytes = Files.readAllBytes(file);
        long record = bytes.length / 40;
        String uri = "far://" + file;
        for (boolean cut : new boolean[] {false, true}) {
            byte[] broken = Arrays.copyOf(bytes, bytes.length - (cut ? 100 : 0));
            if (!cut) {
                broken[(int) (RECORD * record + 500)]++;
            }
            Files.write(file, broken);
            long number = cut ? 39 : RECORD;
            assertThatThrownBy(() -> SparkTraining.of(spark)
                            .workers(2)
                            .retries(0)
                            .run(worker -> worker.data(uri).toString()))
                    .isInstanceOf(SparkTrainingException.class)
                    .hasMessageContaining("far:" + file + ": record " + number + " at byte " + number * record
                            + ": the " + (cut ? "file ends inside the record" : "data's checksum is"));
        }
    }

    @Test
    void compressedFarFilesAreCopied() throws IOException {
        Path zipped = Files.createDirectories(folder.resolve("zipped"));
        Blobs.write(zipped.resolve("blobs.gz"), TfRecordCompression.GZIP, RECORDS, new Random(SEED));
        String far = "far://" + zipped;
        String copy = SparkTraining.of(spark).workers(2).retries(0).run(worker -> {
            Path data = worker.data(far);
            try (TfRecordIndex records = TfRecordIndex.open(TfRecordFiles.find(data.resolve("blobs")))) {
                return records.size() + " in " + data.toUri();
            }
        });
        assertThat(copy).startsWith(RECORDS + " in file:").doesNotContain(zipped.toString());
    }

    @Test
    void anExecutorThatIsKilledInMidEpochChangesNoByte() {
        Path pid = folder.resolve("pid");
        String far = "far://" + data;
        String checkpoints = folder.resolve("killed").toString();
        String victim = pid.toString();
        CompletableFuture<Void> kill = CompletableFuture.runAsync(() -> kill(pid));
        BlobTraining.Result result = SparkTraining.of(spark)
                .workers(4)
                .retries(1)
                .run(worker -> {
                    Callback dies = new BlobTraining.WaitsForItsEnd(new int[] {10}, Path.of(victim));
                    Callback[] callbacks =
                            worker.attempt() == 0 && worker.rank() == 2 ? new Callback[] {dies} : new Callback[0];
                    return BlobTraining.train(worker.data(far), Path.of(checkpoints), SEED, worker.group(), callbacks);
                });
        kill.join();
        assertThat(result.resumedFrom()).isEqualTo("epoch-1-batch-3.safetensors");
        requireBytesOfOne(result, 4);
    }

    private static void kill(Path pid) {
        try {
            while (!Files.exists(pid)) {
                Thread.sleep(20);
            }
            ProcessHandle.of(Long.parseLong(Files.readString(pid)))
                    .orElseThrow()
                    .destroyForcibly();
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void workThatIsWrongIsNotTriedAgain() {
        String tries = folder.resolve("tries").toString();
        assertThatThrownBy(() -> SparkTraining.of(spark).workers(2).run(worker -> {
                    Files.createFile(Path.of(tries + worker.rank())); // fails when there is a second attempt
                    if (worker.rank() == 1) {
                        throw new IllegalArgumentException("no such optimiser");
                    }
                    worker.group().broadcast(new byte[1]);
                    worker.group().allReduce(new float[8]);
                    return "";
                }))
                .isInstanceOf(SparkTrainingException.class)
                .hasMessageContaining("no such optimiser")
                .hasMessageContaining("SparkTrainingTest");
    }

    @Test
    void whatFailsEachTimeFailsAtLast() {
        assertThatThrownBy(() -> SparkTraining.of(spark).workers(2).retries(1).run(worker -> {
                    throw new IOException("no space left on attempt " + worker.attempt());
                }))
                .isInstanceOf(SparkTrainingException.class)
                .hasMessage(
                        "[spark] 2 of 2 attempts failed, the last one with: java.io.IOException: no space left on attempt 1");
    }

    @Test
    void workThatCannotTravelIsNotTriedAgain() {
        Object local = new Object();
        assertThatThrownBy(() -> SparkTraining.of(spark).run(worker -> local.toString()))
                .isInstanceOf(SparkTrainingException.class)
                .hasMessage("[spark] Task not serializable")
                .hasRootCauseInstanceOf(NotSerializableException.class);
    }

    @Test
    void otherDataOnAMachineAreFound() throws IOException {
        String file = folder.resolve("data").toString();
        assertThatThrownBy(() -> SparkTraining.of(spark).workers(2).retries(0).run(worker -> {
                    Path own = Path.of(file + worker.rank());
                    Files.writeString(own, "data of " + worker.rank());
                    return worker.data(own.toString()).toString();
                }))
                .isInstanceOf(SparkTrainingException.class)
                .hasMessageContaining("data1: worker 1 has SHA-256 ")
                .hasMessageContaining("give all machines the same data");
    }
}
