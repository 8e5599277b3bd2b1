package dev.aorta.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * JCuda's native libraries, from the class path into a private folder.
 *
 * <p>JCuda itself extracts to fixed names in the shared temporary folder and loads whatever already lies there. So they are
 * extracted here, into a new folder that only this user may enter; JCuda is shown that folder as the temporary one while it
 * loads; and the files go away again, as a loaded library does not need its file.
 */
final class Natives implements AutoCloseable {
    static final String DRIVER = "libJCudaDriver-12.6.0-linux-x86_64.so";
    static final String CUBLAS = "libJCublas2-12.6.0-linux-x86_64.so";
    static final String CUDNN = "libJCudnn-12.6.0-linux-x86_64.so";

    private final Path folder;
    private final List<Path> files = new ArrayList<>();

    Natives() {
        try {
            folder = Files.createTempDirectory("aorta-cuda-");
        } catch (IOException e) {
            throw new CudaException("[cuda] no folder for JCuda's native libraries can be made in "
                    + System.getProperty("java.io.tmpdir") + ": " + e.getMessage()
                    + "\n    cure      name a folder that can be written with -Djava.io.tmpdir=DIR");
        }
    }

    /** Whether the class path holds a native library. */
    static boolean onClassPath(String file) {
        return Natives.class.getResource("/lib/" + file) != null;
    }

    /** Extracts one library, changed on the way. */
    void extract(String file, UnaryOperator<byte[]> change) {
        Path target = folder.resolve(file);
        try (InputStream in = Natives.class.getResourceAsStream("/lib/" + file)) {
            if (in == null) {
                throw new CudaException("[cuda] " + file + " is not on the class path");
            }
            Files.write(target, change.apply(in.readAllBytes()));
            files.add(target);
        } catch (IOException e) {
            throw new CudaException("[cuda] cannot write " + target + ": " + e.getMessage()
                    + "\n    cure      name a folder with room with -Djava.io.tmpdir=DIR");
        }
    }

    /** Runs JCuda's own loading, which takes its libraries from this folder. */
    void load(Runnable jcuda) {
        String shared = System.getProperty("java.io.tmpdir");
        System.setProperty("java.io.tmpdir", folder.toString());
        try {
            jcuda.run();
        } finally {
            System.setProperty("java.io.tmpdir", shared);
        }
    }

    @Override
    public void close() {
        try {
            for (Path file : files) {
                Files.deleteIfExists(file);
            }
            Files.deleteIfExists(folder);
        } catch (DirectoryNotEmptyException e) {
            return; // another thread asked for a temporary file while the folder was shown as the place for them
        } catch (IOException e) {
            throw new CudaException("[cuda] cannot clean up " + folder + ": " + e.getMessage());
        }
    }
}
