package dev.aorta.unet.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aorta.io.FolderInUseException;
import dev.aorta.io.FormatException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunFolderTest {
    @TempDir
    Path folder;

    @Test
    void twoCommandsDoNotShareAFolder() throws Exception {
        Path run = folder.resolve("run");
        try (RunFolder first = RunFolder.create(run)) {
            assertThatThrownBy(() -> RunFolder.create(first.folder()))
                    .isInstanceOf(FolderInUseException.class)
                    .hasMessageStartingWith(run + ": other work is going on in the folder");
        }
        try (RunFolder again = RunFolder.create(run)) {
            Files.writeString(again.metrics(), "a file");
        }
        assertThatThrownBy(() -> RunFolder.create(run))
                .isInstanceOf(FormatException.class)
                .hasMessage(run + ": the folder is not empty; name another one with --out");
    }

    /** Three of five trainings that began in one second failed. */
    @Test
    void whoBeginsInTheSameSecondGetsAFolderOfHisOwn() throws Exception {
        Path wanted = folder.resolve("runs/20260101-120000");
        Set<Path> made = ConcurrentHashMap.newKeySet();
        try (ExecutorService threads = Executors.newFixedThreadPool(5)) {
            for (Future<?> done : IntStream.range(0, 5)
                    .mapToObj(i -> threads.submit(
                            () -> made.add(RunFolder.createUnused(wanted).folder())))
                    .toList()) {
                done.get();
            }
        }
        assertThat(made)
                .containsExactlyInAnyOrder(
                        wanted,
                        wanted.resolveSibling(wanted.getFileName() + "-2"),
                        wanted.resolveSibling(wanted.getFileName() + "-3"),
                        wanted.resolveSibling(wanted.getFileName() + "-4"),
                        wanted.resolveSibling(wanted.getFileName() + "-5"));
    }

    @Test
    void aFolderWithoutATrainingIsNotGoneOnWith() {
        assertThatThrownBy(() -> RunFolder.reopen(folder))
                .hasMessage(folder.resolve("config.json")
                        + ": there is no such file; name the run folder of a 'unet train'");
    }
}
