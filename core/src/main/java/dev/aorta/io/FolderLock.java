package dev.aorta.io;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Keeps a folder to one piece of work at a time, in this process and in others that lock it too, until it is closed or the
 * process ends, however it ends. Meanwhile the folder has an empty file {@code .lock}.
 */
public final class FolderLock implements Closeable {
    /** What this process has locked: opening and closing such a file again would unlock it. */
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    private final Path file;
    private final FileChannel channel;

    private FolderLock(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /**
     * Locks a folder that exists.
     *
     * @param folder must exist
     * @return the lock, which {@link #close} gives back
     * @throws FolderInUseException if it is locked already
     * @throws IOException if nothing can be written into it
     */
    public static FolderLock take(Path folder) throws IOException {
        Path file = folder.toRealPath().resolve(".lock");
        if (!HELD.add(file)) {
            throw new FolderInUseException(folder);
        }
        try {
            FileChannel channel = open(folder, file);
            try {
                // without the file it was the lock of somebody who is just closing it
                if (channel.tryLock() == null || !Files.exists(file)) {
                    throw new FolderInUseException(folder);
                }
                return new FolderLock(file, channel);
            } catch (IOException | RuntimeException e) {
                channel.close();
                throw e;
            }
        } catch (IOException | RuntimeException e) {
            HELD.remove(file);
            throw e;
        }
    }

    private static FileChannel open(Path folder, Path file) throws IOException {
        try {
            return FileChannel.open(file, CREATE, WRITE);
        } catch (IOException e) {
            throw new IOException(folder + ": nothing can be written into the folder: " + AtomicFile.reason(e), e);
        }
    }

    @Override
    public void close() throws IOException {
        try (channel) {
            Files.deleteIfExists(file);
        } finally {
            HELD.remove(file);
        }
    }
}
