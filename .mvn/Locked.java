import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;

import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;

/** Runs a command while nobody else runs one with the same lock: {@code java Locked.java FILE COMMAND ARGUMENT...} */
final class Locked {
    public static void main(String[] args) throws Exception {
        int code;
        try (FileChannel channel = FileChannel.open(Path.of(args[0]), CREATE, WRITE)) {
            channel.lock(); // until the channel is closed, or the process ends
            List<String> command = List.of(args).subList(1, args.length);
            code = new ProcessBuilder(command).inheritIO().start().waitFor();
        }
        System.exit(code);
    }
}
