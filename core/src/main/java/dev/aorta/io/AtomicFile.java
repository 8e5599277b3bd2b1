package dev.aorta.io;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Writes a file whole or not at all: into a temporary sibling, synced to the disk, then moved into place. Whoever opens the
 * file sees the old content or the new, also after a crash, a full disk, or an exception in the middle.
 *
 * <p>A killed process may leave its temporary sibling {@code .aorta-*.tmp}. It is never read; the next process that writes into the
 * directory deletes it.
 */
public final class AtomicFile {
    private static final int BUFFER_BYTES = 1 << 16;
    private static final int NEW_MILLIS = 2000;
    private static final String PREFIX = ".aorta-";
    private static final String SUFFIX = ".tmp";

    /** What this process is writing. Asking the system whether it is locked would unlock it. */
    private static final Set<Path> WRITING = ConcurrentHashMap.newKeySet();

    /** Where this process has looked for leftovers last. */
    private static volatile @Nullable Path cleaned;

    private AtomicFile() {}

    /** What a file shall hold. */
    @FunctionalInterface
    public interface Content {
        /**
         * Writes everything to {@code out}; need not flush or close it.
         *
         * @param out buffered; what it throws names the file that is replaced
         * @throws IOException if the content cannot be written; then the file stays as it was
         */
        void writeTo(OutputStream out) throws IOException;
    }

    /**
     * Replaces {@code file}, which keeps its permissions, or creates it in its existing directory. A symbolic link to a file is
     * followed.
     *
     * @param file replaced or created; it must be no directory, device, pipe or socket
     * @param content writes the whole content, once
     * @throws IOException if it cannot be written (then nothing was changed), or if it is in place but its directory cannot be
     *     synced (the message says which); and whatever {@code content} throws
     */
    public static void write(Path file, Content content) throws IOException {
        Path target = Files.isSymbolicLink(file) ? followed(file) : file.toAbsolutePath();
        Path directory = target.getParent();
        if (directory == null || Files.isDirectory(target)) {
            throw new IOException("cannot write " + file + ": it is a directory; name a file in it");
        }
        if (Files.exists(target) && !Files.isRegularFile(target)) {
            throw new IOException("cannot write " + file
                    + ": it is a device, a pipe or a socket, and would be replaced;" + " name a file");
        }
        if (!Files.isDirectory(directory)) {
            throw new NoSuchFileException(file.toString(), null, "its directory does not exist; create it first");
        }
        if (!directory.equals(cleaned)) {
            deleteLeftovers(directory);
            cleaned = directory;
        }
        Path temporary = directory.resolve(PREFIX + UUID.randomUUID() + SUFFIX);
        WRITING.add(temporary);
        try (FileChannel channel = create(temporary, file)) {
            lock(channel);
            writeSynced(channel, temporary, target, file, content);
            move(temporary, target, file);
        } catch (Throwable failure) {
            try {
                Files.deleteIfExists(temporary);
            } catch (IOException leftBehind) {
                failure.addSuppressed(leftBehind);
            }
            throw failure;
        } finally {
            WRITING.remove(temporary);
        }
        syncDirectory(directory, file);
    }

    /** Says to other processes that this file is no leftover. */
    @SuppressWarnings("UnusedReturnValue")
    private static boolean lock(FileChannel channel) {
        try {
            return channel.tryLock() != null; // until the channel is closed
        } catch (IOException e) {
            return false; // a file system without locks, where leftovers are never deleted
        }
    }

    /** Deletes what killed processes left: temporary files that nobody has locked. What cannot be deleted stays. */
    private static void deleteLeftovers(Path directory) {
        try (DirectoryStream<Path> leftovers = Files.newDirectoryStream(directory, PREFIX + "*" + SUFFIX)) {
            for (Path leftover : leftovers) {
                if (!WRITING.contains(leftover)) {
                    deleteDead(leftover);
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            // whatever keeps the directory from being read will be said when the file is written
        }
    }

    /** Old enough that its writer, if it lives, has locked it. */
    private static boolean isOld(Path file) throws IOException {
        BasicFileAttributes is = Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        return is.isRegularFile()
                && System.currentTimeMillis() - is.lastModifiedTime().toMillis() > NEW_MILLIS;
    }

    private static void deleteDead(Path leftover) throws IOException {
        try {
            if (isOld(leftover)) {
                try (FileChannel channel = FileChannel.open(leftover, WRITE)) {
                    if (channel.tryLock() != null) {
                        Files.delete(leftover);
                    }
                }
            }
        } catch (NoSuchFileException | OverlappingFileLockException e) {
            // another process has moved it into place or deleted it
        }
    }

    private static Path followed(Path link) throws IOException {
        try {
            return link.toRealPath();
        } catch (IOException e) {
            throw new IOException(
                    "cannot write " + link + ": it is a symbolic link to " + Files.readSymbolicLink(link)
                            + ", which cannot be found; create that file or delete the link",
                    e);
        }
    }

    private static void writeSynced(FileChannel channel, Path temporary, Path target, Path file, Content content)
            throws IOException {
        if (Files.exists(target)) {
            keepPermissions(target, temporary, file);
        }
        ChannelOutput output = new ChannelOutput(channel, file);
        OutputStream buffered = new BufferedOutputStream(output, BUFFER_BYTES);
        content.writeTo(buffered);
        buffered.flush();
        output.rethrowFailure();
        try {
            channel.force(true);
        } catch (IOException e) {
            throw unchanged(file, e);
        }
    }

    private static FileChannel create(Path temporary, Path file) throws IOException {
        try {
            return FileChannel.open(temporary, CREATE_NEW, WRITE);
        } catch (IOException e) {
            throw unchanged(file, e);
        }
    }

    /** Sets them only where they differ, for not every file system lets them be set. */
    private static void keepPermissions(Path target, Path temporary, Path file) throws IOException {
        if (!hasPosixPermissions(target)) {
            return;
        }
        try {
            Set<PosixFilePermission> kept = Files.getPosixFilePermissions(target);
            if (!kept.equals(Files.getPosixFilePermissions(temporary))) {
                Files.setPosixFilePermissions(temporary, kept);
            }
        } catch (IOException e) {
            throw unchanged(file, e);
        }
    }

    private static void move(Path temporary, Path target, Path file) throws IOException {
        try {
            Files.move(temporary, target, ATOMIC_MOVE);
        } catch (IOException e) {
            throw unchanged(file, e);
        }
    }

    /** Makes the move itself durable. Windows has no way to sync a directory, and does not need one. */
    private static void syncDirectory(Path directory, Path file) throws IOException {
        if (!hasPosixPermissions(directory)) {
            return;
        }
        try (FileChannel channel = FileChannel.open(directory, READ)) {
            channel.force(true);
        } catch (IOException e) {
            throw new IOException(
                    file + " is in place, but its directory cannot be synced, so a power failure may undo it: "
                            + reason(e),
                    e);
        }
    }

    private static boolean hasPosixPermissions(Path path) {
        return path.getFileSystem().supportedFileAttributeViews().contains("posix");
    }

    private static IOException unchanged(Path file, IOException cause) {
        return new IOException("cannot write " + file + ": " + reason(cause) + "; nothing was changed", cause);
    }

    static String reason(IOException e) {
        return switch (e) {
            case AccessDeniedException denied -> "permission denied in its directory";
            case ClosedByInterruptException interrupted -> "the writing thread was interrupted";
            default -> String.valueOf(e.getMessage());
        };
    }

    /** Names the file in errors, and remembers one that the content's author swallowed. */
    private static final class ChannelOutput extends OutputStream {
        private final FileChannel channel;
        private final Path file;
        private @Nullable IOException failure;

        ChannelOutput(FileChannel channel, Path file) {
            this.channel = channel;
            this.file = file;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            try {
                for (ByteBuffer rest = ByteBuffer.wrap(bytes, offset, length); rest.hasRemaining(); ) {
                    channel.write(rest);
                }
            } catch (IOException e) {
                failure = unchanged(file, e);
                throw failure;
            }
        }

        void rethrowFailure() throws IOException {
            if (failure != null) {
                throw failure;
            }
        }
    }
}
