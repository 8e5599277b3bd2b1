package dev.aorta.unet.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.aorta.unet.imaging.Png;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the program says when it is not understood, and when it cannot do what it was asked. */
class CommandLineTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "train",
                "evaluate",
                "predict",
                "prepare",
                "prepare phantom",
                "prepare sunnybrook",
                "inspect",
                "report",
                "reproduce"
            })
    void eachCommandHasHelp(String command) {
        Unet.Result r = Unet.run((Object[]) (command + " --help").trim().split(" "));
        assertThat(r.code()).isZero();
        assertThat(r.out()).startsWith(("Usage: unet " + command).trim()).contains("-h, --help");
        assertThat(r.err()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"train", "evaluate", "predict", "report", "reproduce"})
    void commandsThatComputeSayWhere(String command) {
        assertThat(Unet.run(command, "--help").out()).contains("--device", "--threads", "--seed");
    }

    @Test
    void aCommandLineThatIsNotUnderstoodGivesTwo() {
        misunderstood("Missing command");
        misunderstood("Invalid value for option '--epochs': 'many' is not an int", "train", "--epochs", "many");
        misunderstood("--epochs must be at least 1", "train", "--epochs", 0);
        misunderstood("--batch must be at least 1", "train", "--batch", 0);
        misunderstood("--lr must be above 0", "train", "--lr", -1);
        misunderstood("--base must be from 1 to 512", "train", "--base", 0);
        misunderstood("--depth must be from 1 to 8", "train", "--depth", 9);
        misunderstood("--loss: unknown loss 'mse'; use ce, dice, ce+dice, focal or tversky", "train", "--loss", "mse");
        for (String option : List.of("--base=8", "--depth=3", "--norm=batch")) {
            String name = option.substring(0, option.indexOf('='));
            misunderstood(name + " is for the U-Net; the lab's network is fixed", "train", "--model=lab", option);
        }
        misunderstood("Invalid value for option '--recipe'", "train", "--recipe", "soup");
        misunderstood("--average must be at least 0 and below 1", "train", "--average", "1");
        String device = "--device: [device] unknown device 'gpu'; use auto, cpu, cuda, cuda:N or reference";
        misunderstood(device, "train", "--device", "gpu");
        misunderstood(device, "evaluate", "--model", folder, "--data", folder, "--device", "gpu");
        misunderstood(device, "predict", "--model", folder, folder, "--out", folder, "--device", "gpu");
        misunderstood("Missing required option: '--data=DIR'", "evaluate", "--model", "run");
        misunderstood("Missing what to prepare: phantom, sunnybrook, folder or records", "prepare");
        misunderstood("--train and --val must be at least 1", "prepare", "phantom", "--out", folder, "--val", 0);
    }

    @Test
    void aMistypedWordIsGuessed() {
        Unet.Result r = Unet.run("evalute");
        assertThat(r.code()).isEqualTo(2);
        assertThat(r.err())
                .matches("Unmatched argument at index 0: 'evalute'\\RDid you mean: unet evaluate\\b.*\\?\\R");
        Unet.Result option = Unet.run("train", "--epoch=3");
        assertThat(option.code()).isEqualTo(2);
        assertThat(option.err().lines()).containsExactly("Unknown option: '--epoch=3'", "Possible solutions: --epochs");
    }

    private static void misunderstood(String message, Object... args) {
        Unet.Result r = Unet.run(args);
        assertThat(r.code()).as(message).isEqualTo(2);
        assertThat(r.err()).startsWith(message).contains("Usage: unet");
        assertThat(r.out()).isEmpty();
    }

    @Test
    void aMissingFileIsNamed() {
        Path nowhere = folder.resolve("nowhere");
        failed(
                nowhere.resolve("train_images.tfrecords")
                        + ": there is no such file; make a data set with 'unet prepare', or name its folder with --data",
                Unet.train(nowhere, folder.resolve("run")));
        failed(
                nowhere + ": there is no such model; name a run folder of 'unet train' with --model",
                Unet.run("evaluate", "--model", nowhere, "--data", folder));
        failed(
                nowhere + ": there is no such model; name a run folder of 'unet train' with --model",
                Unet.run("predict", "--model", nowhere, nowhere, "--out", folder.resolve("out")));
        failed(nowhere + ": there is no such file", Unet.run("inspect", nowhere));
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void aFullDiskGivesOneMessageAndNoHalfWrittenFile() throws Exception {
        Path shell = Path.of("/bin/sh");
        Assumptions.assumeTrue(Files.isExecutable(shell), "needs a POSIX shell to limit the size of files");
        // 1 MiB a file is less than two records need
        Process limited = new ProcessBuilder(
                        shell.toString(),
                        "-c",
                        "ulimit -f 2048; exec \"$0\" \"$@\"",
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:-UsePerfData",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Main.class.getName(),
                        "prepare",
                        "phantom",
                        "--train=4",
                        "--val=1",
                        "--out=" + folder.resolve("data"))
                .start();
        String err = new String(limited.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(limited.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(limited.exitValue()).as(err).isEqualTo(1);
        assertThat(err.lines().toList())
                .containsExactly("unet: cannot write " + folder.resolve("data").resolve("train_images.tfrecords")
                        + ": File too large; nothing was changed");
        assertThat(folder.resolve("data")).doesNotExist();
    }

    @Test
    void tooLargeANetworkForTheMemoryGivesOneMessage() throws Exception {
        Path data = Unet.data(folder.resolve("data"));
        Process small = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:-UsePerfData",
                        "-Xmx64m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Main.class.getName(),
                        "train",
                        "--device=reference",
                        "--base=512",
                        "--depth=2",
                        "--data=" + data,
                        "--out=" + folder.resolve("run"))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        String err = new String(small.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(small.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(small.exitValue()).as(err).isEqualTo(1);
        assertThat(err.lines().toList())
                .containsExactly(
                        "unet: not enough memory (Java heap space): take a smaller network or batch, or give Java"
                                + " more than its 64 MiB, as in JAVA_OPTS=-Xmx16g");
    }

    @Test
    void aPropertyThatCannotBeFollowedGivesOneMessage() throws Exception {
        Path data = Unet.data(folder.resolve("data"));
        Process java = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:-UsePerfData",
                        "-Daorta.simd=bogus",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Main.class.getName(),
                        "train",
                        "--device=cpu",
                        "--data=" + data,
                        "--out=" + folder.resolve("run"))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        String err = new String(java.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(java.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(java.exitValue()).as(err).isEqualTo(1);
        assertThat(err.lines().toList())
                .containsExactly("unet: aorta.simd must be auto, 512, 256, 128 or scalar and is 'bogus'");
    }

    /** Scores that nobody got are no success. */
    @Test
    void outputThatCannotBeWrittenIsAnError() throws Exception {
        assumeTrue(Files.exists(Path.of("/dev/full")), "skipped: there is no /dev/full");
        Path png = Files.write(folder.resolve("a.png"), Png.grey8(1, 1, new int[1]));
        Process java = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:-UsePerfData",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Main.class.getName(),
                        "inspect",
                        png.toString())
                .redirectOutput(Path.of("/dev/full").toFile())
                .start();
        String err = new String(java.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(java.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(err.lines())
                .containsExactly("unet: standard output cannot be written: the disk is full, or its reader has gone");
        assertThat(java.exitValue()).isEqualTo(1);
    }

    @Test
    void moreThreadsThanCanBeOfUseAreRefused() throws IOException {
        Path data = Unet.data(folder.resolve("data"));
        failed(
                "threads must be from 1 to 1024, and 100000 are asked for",
                Unet.train(data, folder.resolve("run"), "--threads", 100000));
    }

    @Test
    void anythingThereIsKept() throws IOException {
        Path data = Unet.data(folder.resolve("data"));
        Path taken = Files.createDirectory(folder.resolve("taken"));
        Files.writeString(taken.resolve("mine"), "mine");
        String message = taken + ": the folder is not empty; name another one with --out";
        failed(message, Unet.train(data, taken));
        failed(message, Unet.run("prepare", "phantom", "--out", taken, "--train", 1, "--val", 1));
        assertThat(Unet.names(taken)).isEqualTo(List.of("mine"));
        failed(
                taken.resolve("mine") + ": a file stands where a folder should be made",
                Unet.train(data, taken.resolve("mine")));
    }

    static void failed(String message, Unet.Result r) {
        assertThat(r.err()).isEqualTo("unet: " + message + System.lineSeparator());
        assertThat(r.code()).isEqualTo(1);
    }
}
