package dev.aorta.io;

import java.io.IOException;
import java.nio.file.Path;

/** A folder that other work keeps to itself, with {@link FolderLock}. */
public final class FolderInUseException extends IOException {
    private static final long serialVersionUID = 1L;

    FolderInUseException(Path folder) {
        super(folder + ": other work is going on in the folder; wait until it ends, or name another folder");
    }
}
