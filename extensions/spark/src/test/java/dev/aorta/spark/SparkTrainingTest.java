package dev.aorta.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aorta.cluster.ProcessGroup;
import dev.aorta.train.Callback;
import java.io.IOException;
import java.io.NotSerializableException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
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

    @TempDir
    private static Path folder;

    private static SparkContext spark;
    private static BlobTraining.Result alone;

    @BeforeAll
    static void start() throws IOException {
        spark = LocalCluster.start(4).sparkContext();
        Blobs.write(folder.resolve("blobs.tfrecords"), RECORDS, SEED);
        alone = BlobTraining.train(
                folder.resolve("blobs.tfrecords"), folder.resolve("alone"), SEED, ProcessGroup.alone());
        System.out.println("seed " + SEED + ", SHA-256 of the model without Spark " + Sha256.of(alone.model()));
    }

    @AfterAll
    static void stop() {
        spark.stop();
    }

    /** Trains on so many, with data of another file system. */
    private static BlobTraining.Result train(int workers) {
        String data = "far://" + folder.resolve("blobs.tfrecords");
        String checkpoints = folder.resolve("workers-" + workers).toString();
        return SparkTraining.of(spark)
                .workers(workers)
                .retries(0)
                .run(worker -> BlobTraining.train(worker.data(data), Path.of(checkpoints), SEED, worker.group()));
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
            requireBytesOfOne(train(workers), workers);
        }
    }

    @Test
    void anExecutorThatIsKilledInMidEpochChangesNoByte() {
        Path pid = folder.resolve("pid");
        String data = folder.resolve("blobs.tfrecords").toString();
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
                    return BlobTraining.train(worker.data(data), Path.of(checkpoints), SEED, worker.group(), callbacks);
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
