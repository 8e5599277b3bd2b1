package dev.aorta.onnx.proto;

import dev.aorta.io.FormatException;
import dev.aorta.io.wire.ProtobufReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The bytes of a tensor that stand in a file beside the model: mapped, not copied, and never of another folder. */
final class ExternalData {
    private ExternalData() {}

    /**
     * @param folder of the model, or null when it has none
     * @param entries {@code location}, {@code offset} and {@code length} as the file states them
     * @param expected bytes that the tensor's shape asks for
     */
    static ByteBuffer map(
            @Nullable Path folder, Map<String, String> entries, long expected, ProtobufReader in, String what)
            throws IOException {
        Path file = locate(folder, entries.getOrDefault("location", ""), in, what);
        try (FileChannel channel = FileChannel.open(file)) {
            long offset = number(entries, "offset", 0, in, what);
            long length = number(entries, "length", expected, in, what);
            long there = channel.size();
            if (length != expected || length > Integer.MAX_VALUE || offset > there || length > there - offset) {
                throw in.error(what + " needs " + expected + " bytes; its data are " + length + " bytes from byte "
                        + offset + " of " + file + ", which has " + there);
            }
            return channel.map(FileChannel.MapMode.READ_ONLY, offset, length);
        }
    }

    private static Path locate(@Nullable Path folder, String location, ProtobufReader in, String what)
            throws IOException {
        if (folder == null || location.isEmpty()) {
            throw in.error(what + " has its data in another file, which is not named or has no folder");
        }
        Path file;
        try {
            file = folder.resolve(location).normalize();
        } catch (InvalidPathException e) {
            throw in.error(what + " has its data in '" + location + "', which is no file name");
        }
        if (!Files.isRegularFile(file)) {
            throw new FormatException(what + " has its data in " + file + ", which is not there");
        }
        boolean inside =
                file.startsWith(folder.normalize()) && file.toRealPath().startsWith(folder.toRealPath());
        if (!inside) {
            throw in.error(what + " has its data in '" + location
                    + "', outside the folder of the model; that is not followed");
        }
        return file;
    }

    private static long number(Map<String, String> entries, String key, long otherwise, ProtobufReader in, String what)
            throws FormatException {
        String text = entries.get(key);
        if (text == null) {
            return otherwise;
        }
        if (!text.matches("\\d{1,18}")) {
            throw in.error(what + " has the " + key + " '" + text + "', which is no number of bytes");
        }
        return Long.parseLong(text);
    }
}
