package dev.aorta.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aorta.cluster.ProcessGroup;
import dev.aorta.data.TfRecordFiles;
import dev.aorta.data.TfRecordIndex;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.ReadOnlyFileSystemException;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of Hadoop as files of Java. */
class HadoopFilesTest {
    private static final long SEED = 20261130;

    @TempDir
    private Path folder;

    private final FarFileSystem hadoop = new FarFileSystem();

    @BeforeEach
    void write() throws IOException {
        hadoop.initialize(URI.create("far:///"), new Configuration(false));
        Files.createDirectories(folder.resolve("a b/inner"));
        Blobs.write(folder.resolve("a b/inner/blobs"), 2, 20, SEED);
        Files.writeString(folder.resolve("a b/note"), "note");
        Files.writeString(folder.resolve("a b/empty"), "");
    }

    private Path far(String name) throws IOException {
        return Objects.requireNonNull(indexed(name));
    }

    private @Nullable Path indexed(String name) throws IOException {
        return HadoopFiles.indexed(
                hadoop, new org.apache.hadoop.fs.Path("far://" + folder + "/" + name), ProcessGroup.alone());
    }

    @Test
    void namesListsAndContentsAreThoseOfTheFolder() throws IOException {
        Path far = far("a b");
        assertThat(far).hasToString("far:" + folder + "/a b");
        assertThat(far.resolve("inner").resolveSibling("note")).isEqualTo(far.resolve("note"));
        assertThat(far.resolve("inner/../note").normalize()).isEqualTo(far.resolve("note"));
        assertThat(far.relativize(far.resolve("inner/x"))).hasToString("inner/x");
        assertThat(far.resolve("inner").getParent()).isEqualTo(far);
        assertThat(Path.of("/x")).isNotEqualTo(far("a b/inner").getFileSystem().getPath("/x"));
        assertThat(Files.isDirectory(far)).isTrue();
        assertThat(Files.isRegularFile(far.resolve("note"))).isTrue();
        assertThat(Files.exists(far.resolve("nothing"))).isFalse();
        assertThat(Files.readString(far.resolve("note"))).isEqualTo("note");
        assertThat(Files.size(far.resolve("empty"))).isZero();
        try (Stream<Path> all = Files.walk(far)) {
            assertThat(all.map(p -> far.relativize(p).toString()))
                    .containsExactlyInAnyOrder(
                            "", "empty", "note", "inner", "inner/blobs-00000-of-00002", "inner/blobs-00001-of-00002");
        }
    }

    @Test
    void recordsAreReadByManyThreads() throws IOException {
        Path local = folder.resolve("a b/inner/blobs");
        try (TfRecordIndex far =
                        TfRecordIndex.open(TfRecordFiles.find(far("a b").resolve("inner/blobs")));
                TfRecordIndex near = TfRecordIndex.open(TfRecordFiles.find(local))) {
            assertThat(far.size()).isEqualTo(20);
            IntStream.range(0, 200).parallel().map(i -> i % 20).forEach(i -> {
                try {
                    assertThat(far.read(i)).isEqualTo(near.read(i));
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });
        }
    }

    @Test
    void whatHasNoRecordsHasNoIndex() throws IOException {
        assertThat(indexed("a b/note")).isNull();
        assertThat(indexed("a b/empty")).isNull();
        assertThat(far("a b/inner/blobs-00000-of-00002")).isNotNull();
    }

    @Test
    void nothingIsWritten() throws IOException {
        Path far = far("a b");
        assertThatThrownBy(() -> Files.writeString(far.resolve("new"), "x"))
                .isInstanceOf(ReadOnlyFileSystemException.class);
        assertThatThrownBy(() -> Files.delete(far.resolve("note"))).isInstanceOf(ReadOnlyFileSystemException.class);
        assertThatThrownBy(() -> Files.createDirectory(far.resolve("new")))
                .isInstanceOf(ReadOnlyFileSystemException.class);
        assertThatThrownBy(() -> Files.readString(far.resolve("missing")))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessageContaining("far:" + folder + "/a b/missing");
        assertThat(far.getFileSystem().isReadOnly()).isTrue();
    }
}
