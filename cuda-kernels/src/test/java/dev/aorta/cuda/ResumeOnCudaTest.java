package dev.aorta.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aorta.Device;
import dev.aorta.Scope;
import dev.aorta.Shape;
import dev.aorta.data.DataLoader;
import dev.aorta.data.Dataset;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Layers;
import dev.aorta.optim.Adam;
import dev.aorta.optim.Schedule;
import dev.aorta.train.BestCheckpoint;
import dev.aorta.train.Callback;
import dev.aorta.train.CsvLog;
import dev.aorta.train.Fit;
import dev.aorta.train.Monitor;
import dev.aorta.train.Trainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** On CUDA too a training in pieces, each on a device of its own, ends with the bytes of the whole one. */
class ResumeOnCudaTest extends CudaTests {
    private static final long SEED = 3;
    private static final int BATCHES = 3;
    private static final int EPOCHS = 4;

    @TempDir
    Path folder;

    /** Two epochs and two, and a break in the middle of an epoch. */
    @ParameterizedTest
    @CsvSource({"REQUIRE, FP32", "NONE, FP32", "REQUIRE, BFLOAT16"})
    void aTrainingInPiecesIsTheWholeOne(CudaOptions.Libraries libraries, CudaOptions.Math math) throws IOException {
        Path whole = folder.resolve("whole");
        train(whole, open(libraries, math), false, 0);
        for (int piece : new int[] {2 * BATCHES, BATCHES + 2}) {
            Path run = folder.resolve("after-" + piece);
            train(run, open(libraries, math), false, piece);
            assertThat(run.resolve(last())).doesNotExist();
            train(run, open(libraries, math), true, 0);
            for (String file : new String[] {last(), "best.safetensors", "metrics.csv"}) {
                assertThat(run.resolve(file))
                        .as("%s of a training that was broken after %d batches", file, piece)
                        .hasSameBinaryContentAs(whole.resolve(file));
            }
        }
    }

    /** Noise, brighter where the class is 1. */
    private record Squares(int size) implements Dataset {
        @Override
        public Shape inputShape() {
            return Shape.of(8, 8, 1);
        }

        @Override
        public Shape labelShape() {
            return Shape.of(8, 8);
        }

        @Override
        public void read(int index, float[] input, float[] label) {
            Random random = new Random(index);
            for (int i = 0; i < label.length; i++) {
                label[i] = i % 8 < 4 ? 0 : 1;
                input[i] = (float) random.nextGaussian() + label[i];
            }
        }
    }

    private static String last() {
        return "checkpoints/epoch-" + EPOCHS + ".safetensors";
    }

    /** Trains, but for so many batches if there are any. */
    private static void train(Path run, CudaBackend backend, boolean resume, int batches) throws IOException {
        Files.createDirectories(run);
        try (Device device = Device.of(backend);
                Scope model = Scope.open()) {
            Layers net = new Layers(device, SEED);
            Layer network =
                    net.sequential(net.conv2d(1, 4, 3), net.batchNorm(4), net.dropout(0.2f), net.conv2d(4, 2, 1));
            Adam adam = new Adam(network.parameters(), Schedule.cosine(1e-2, 1e-3, EPOCHS * BATCHES));
            Trainer trainer = new Trainer(network, device, (y, labels) -> y.crossEntropy(labels, null), adam)
                    .seed(SEED)
                    .clip(1)
                    .checkpoints(run.resolve("checkpoints"))
                    .callbacks(
                            new BestCheckpoint(Monitor.lowest("loss"), run.resolve("best.safetensors")),
                            new CsvLog(run.resolve("metrics.csv")),
                            new Callback() {
                                private int done;

                                @Override
                                public void batchEnds(Fit fit) {
                                    if (++done == batches) {
                                        fit.interrupt("enough");
                                    }
                                }
                            });
            DataLoader data = new DataLoader(new Squares(2 * BATCHES), 2).shuffled(SEED);
            (resume ? trainer.resume() : trainer).fit(data, new DataLoader(new Squares(2), 2), EPOCHS);
        }
    }
}
