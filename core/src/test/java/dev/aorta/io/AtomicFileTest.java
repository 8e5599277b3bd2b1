package dev.aorta.io;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
    private static final int MEBIBYTE = 1 << 20;

    @TempDir
    Path directory;

    @Test
    void namesMayBeAsLongAsTheFileSystemAllows() throws IOException {
        for (String name : new String[] {"a".repeat(255), "ä".repeat(127), "🫀".repeat(63)}) {
            Path file = directory.resolve(name);
            AtomicFile.write(file, out -> out.write(1));
            assertThat(Files.readAllBytes(file)).containsExactly(1);
        }
    }

    @Test
    void createsAndReplaces() throws IOException {
        Path file = directory.resolve("weights");
        AtomicFile.write(file, out -> out.write("first, and longer".getBytes(UTF_8)));
        AtomicFile.write(file, out -> out.write("second".getBytes(UTF_8)));
        assertThat(file).hasContent("second");
        assertThat(names()).containsExactly("weights");
    }

    @Test
    void contentMayCloseItsStreamAndWriteNothing() throws IOException {
        Path file = directory.resolve("empty");
        AtomicFile.write(file, OutputStream::close);
        assertThat(file).isEmptyFile();
    }

    @Test
    void exceptionInTheContentLeavesTheOldFile() throws IOException {
        Path file = Files.writeString(directory.resolve("weights"), "old");
        for (Throwable failure :
                List.of(new IOException("a"), new IllegalStateException("b"), new StackOverflowError())) {
            assertThatThrownBy(() -> AtomicFile.write(file, out -> {
                        out.write(new byte[MEBIBYTE]);
                        AtomicFileTest.<RuntimeException>sneakyThrow(failure);
                    }))
                    .isSameAs(failure);
            assertThat(file).hasContent("old");
            assertThat(names()).containsExactly("weights");
        }
    }

    @Test
    void exceptionInTheContentLeavesNoNewFile() throws IOException {
        Path file = directory.resolve("weights");
        assertThatThrownBy(() -> AtomicFile.write(file, out -> {
                    throw new IOException("source is gone");
                }))
                .hasMessage("source is gone");
        assertThat(names()).isEmpty();
    }

    @Test
    void missingDirectoryIsNamed() {
        Path file = directory.resolve("runs/7/weights");
        assertThatThrownBy(() -> AtomicFile.write(file, OutputStream::close))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining("create it first");
    }

    @Test
    void directoryAsTargetIsRefusedBeforeTheContentIsAsked() {
        assertThatThrownBy(() -> AtomicFile.write(directory, out -> {
                    throw new AssertionError("must not be asked");
                }))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(directory + ": it is a directory");
    }

    @Test
    void readOnlyDirectoryIsAnErrorThatNamesTheFile() throws IOException {
        assumeTrue(Files.getFileStore(directory).supportsFileAttributeView("posix"), "needs POSIX permissions");
        Path file = Files.writeString(directory.resolve("weights"), "old");
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("r-xr-xr-x"));
        try {
            assumeTrue(!Files.isWritable(directory), "this user may write everywhere");
            assertThatThrownBy(() -> AtomicFile.write(file, OutputStream::close))
                    .isInstanceOf(IOException.class)
                    .hasMessage("cannot write " + file + ": permission denied in its directory; nothing was changed");
            assertThat(file).hasContent("old");
        } finally {
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void directoryThatTakesNoFilesIsAnErrorThatNamesTheFile() {
        assertThatThrownBy(() -> AtomicFile.write(Path.of("/proc/weights"), OutputStream::close))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("cannot write /proc/weights: ")
                .hasMessageEndingWith("nothing was changed");
    }

    /** A killed process left its temporary file for ever. */
    @Test
    void whatAKilledProcessLeftIsDeletedAndNothingElse() throws IOException {
        FileTime old = FileTime.fromMillis(System.currentTimeMillis() - 60_000);
        Path stale = Files.writeString(directory.resolve(".aorta-0123.tmp"), "half");
        Path others = Files.writeString(directory.resolve(".weights.0123.tmp"), "not ours");
        Path fresh = Files.writeString(directory.resolve(".aorta-4567.tmp"), "perhaps just being made");
        Path locked = Files.writeString(directory.resolve(".aorta-89ab.tmp"), "being written");
        Path link = Files.createSymbolicLink(directory.resolve(".aorta-cdef.tmp"), others);
        Path file = directory.resolve("weights");
        Process writer = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        LockedFile.class.getName(),
                        locked.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try {
            assertThat(writer.getInputStream().read()).isEqualTo('!');
            for (Path each : List.of(stale, others, locked)) {
                Files.setLastModifiedTime(each, old);
            }
            AtomicFile.write(file, out -> out.write('1'));
            assertThat(file).hasContent("1");
            assertThat(stale).doesNotExist();
            assertThat(List.of(others, fresh, locked))
                    .allSatisfy(each -> assertThat(each).exists());
            assertThat(link).isSymbolicLink();
        } finally {
            writer.destroyForcibly();
        }
    }

    /** A file that only its owner could read was readable by everybody once it was replaced. */
    @Test
    void aReplacedFileKeepsItsPermissions() throws IOException {
        assumeTrue(Files.getFileStore(directory).supportsFileAttributeView("posix"), "needs POSIX permissions");
        Path file = Files.writeString(directory.resolve("weights"), "old");
        for (String permissions : List.of("rw-------", "rw-rw-rw-")) {
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
            AtomicFile.write(file, out -> out.write('1'));
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                    .isEqualTo(permissions);
        }
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void aPipeIsNotReplacedByAFile() throws Exception {
        Path pipe = directory.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        assertThatThrownBy(() -> AtomicFile.write(pipe, OutputStream::close))
                .isInstanceOf(IOException.class)
                .hasMessage("cannot write " + pipe
                        + ": it is a device, a pipe or a socket, and would be replaced; name a file");
        assertThat(Files.readAttributes(pipe, BasicFileAttributes.class).isOther())
                .isTrue();
    }

    @Test
    void anInterruptIsNamedAndLeavesTheOldFile() throws IOException {
        Path file = Files.writeString(directory.resolve("weights"), "old");
        Thread.currentThread().interrupt();
        try {
            assertThatThrownBy(() -> AtomicFile.write(file, out -> out.write(1)))
                    .isInstanceOf(IOException.class)
                    .hasMessage("cannot write " + file + ": the writing thread was interrupted; nothing was changed");
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
        assertThat(file).hasContent("old");
        assertThat(names()).containsExactly("weights");
    }

    @Test
    void symbolicLinkToNothingIsAnErrorThatNamesBoth() throws IOException {
        Path link = link("best", Path.of("epoch-7"));
        assertThatThrownBy(() -> AtomicFile.write(link, OutputStream::close))
                .isInstanceOf(IOException.class)
                .hasMessage("cannot write " + link + ": it is a symbolic link to epoch-7, which cannot be found;"
                        + " create that file or delete the link");
    }

    @Test
    void symbolicLinkStaysALink() throws IOException {
        Path real = Files.writeString(directory.resolve("epoch-7"), "old");
        Path link = link("best", real.getFileName());
        AtomicFile.write(link, out -> out.write("new".getBytes(UTF_8)));
        assertThat(link).isSymbolicLink();
        assertThat(real).hasContent("new");
    }

    /** The limit on the size of files stands in for a full disk: write(2) fails the same way, in the middle. */
    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void fullDiskLeavesTheOldFile() throws Exception {
        Path file = Files.writeString(directory.resolve("weights"), "old");
        for (String mode : List.of("throw", "swallow")) {
            List<String> limited = new ArrayList<>(List.of("sh", "-c", "ulimit -f 64; exec \"$@\"", "sh"));
            limited.addAll(writer(mode, file));
            Process process =
                    new ProcessBuilder(limited).redirectErrorStream(true).start();
            String output = read(process.getInputStream());
            assertThat(process.waitFor()).as(output).isOne();
            assertThat(output).contains("cannot write " + file).contains("nothing was changed");
            assertThat(file).hasContent("old");
            assertThat(names()).containsExactly("weights");
        }
    }

    @Test
    void killedWriterLeavesTheOldFile() throws Exception {
        Path file = Files.writeString(directory.resolve("weights"), "old");
        Process process = new ProcessBuilder(writer("forever", file)).start();
        try {
            assertThat(process.getInputStream().read())
                    .as("the writer has begun")
                    .isEqualTo('+');
        } finally {
            process.destroyForcibly().waitFor();
        }
        assertThat(file).hasContent("old");
        assertThat(names()).hasSize(2).contains("weights");
        AtomicFile.write(file, out -> out.write("new".getBytes(UTF_8)));
        assertThat(file).hasContent("new");
    }

    @Test
    void twoWritersLeaveOneWholeFile() throws Exception {
        Path file = directory.resolve("weights");
        List<Thread> writers = Stream.of((byte) 1, (byte) 2)
                .map(fill -> Thread.ofPlatform().start(() -> writeRepeatedly(file, fill)))
                .toList();
        for (Thread writer : writers) {
            writer.join();
        }
        byte[] content = Files.readAllBytes(file);
        byte[] expected = new byte[MEBIBYTE];
        Arrays.fill(expected, content[0]);
        assertThat(content).isEqualTo(expected);
        assertThat(names()).containsExactly("weights");
    }

    private static void writeRepeatedly(Path file, byte fill) {
        byte[] content = new byte[MEBIBYTE];
        Arrays.fill(content, fill);
        try {
            for (int i = 0; i < 5; i++) {
                AtomicFile.write(file, out -> out.write(content));
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Command that runs {@link Writer} in a virtual machine of its own. */
    private static List<String> writer(String mode, Path file) throws Exception {
        String classes = Stream.of(AtomicFile.class, Writer.class)
                .map(type ->
                        type.getProtectionDomain().getCodeSource().getLocation().getPath())
                .distinct()
                .collect(Collectors.joining(File.pathSeparator));
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        return List.of(java, "-XX:+UseSerialGC", "-cp", classes, Writer.class.getName(), mode, file.toString());
    }

    static final class Writer {
        public static void main(String[] args) throws IOException {
            AtomicFile.write(Path.of(args[1]), out -> {
                try {
                    out.write(new byte[MEBIBYTE]);
                } catch (IOException e) {
                    if (!args[0].equals("swallow")) {
                        throw e;
                    }
                }
                while (args[0].equals("forever")) {
                    out.write(new byte[MEBIBYTE >> 4]);
                    System.out.print('+');
                    System.out.flush();
                }
            });
        }
    }

    private static String read(InputStream in) throws IOException {
        return new String(in.readAllBytes(), UTF_8);
    }

    private Path link(String name, Path target) {
        Path link = directory.resolve(name);
        try {
            Files.createSymbolicLink(link, target);
        } catch (IOException | UnsupportedOperationException e) {
            assumeTrue(false, "no symbolic links here: " + e);
        }
        return link;
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @SuppressWarnings("unchecked")
    private static <E extends Throwable> void sneakyThrow(Throwable failure) throws E {
        throw (E) failure;
    }
}
