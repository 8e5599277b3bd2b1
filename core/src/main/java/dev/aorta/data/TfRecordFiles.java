package dev.aorta.data;

import dev.aorta.io.FormatException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** TFRecord files that are one data set, by a name in common. */
public final class TfRecordFiles {
    private static final Pattern SHARD = Pattern.compile("(.*)-(\\d{5})-of-(\\d{5})(.*)");

    private TfRecordFiles() {}

    /**
     * The files that a name stands for: the file itself; or NAME.gz; or the shards NAME-00000-of-00003 and so on, all of them; or those
     * that match it where its last part holds * or ?, in the order of their names.
     *
     * @param name of a file system that can list its folders
     * @return the files, none where there are none
     * @throws FormatException if a shard is missing
     * @throws IOException if the folder cannot be read
     */
    public static List<Path> find(Path name) throws IOException {
        if (Files.isRegularFile(name)) {
            return List.of(name);
        }
        Path zipped = name.resolveSibling(name.getFileName() + ".gz");
        if (Files.isRegularFile(zipped)) {
            return List.of(zipped);
        }
        String last = String.valueOf(name.getFileName());
        boolean glob = last.contains("*") || last.contains("?");
        List<Path> found = new ArrayList<>();
        Path folder = name.toAbsolutePath().getParent();
        if (folder != null && Files.isDirectory(folder)) {
            try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
                Pattern wanted =
                        Pattern.compile(glob ? regex(last) : Pattern.quote(last) + "-\\d{5}-of-\\d{5}(\\.gz)?");
                for (Path entry : entries) {
                    if (wanted.matcher(String.valueOf(entry.getFileName())).matches() && Files.isRegularFile(entry)) {
                        found.add(name.resolveSibling(String.valueOf(entry.getFileName())));
                    }
                }
            }
        }
        found.sort(null);
        requireAll(found);
        return List.copyOf(found);
    }

    private static String regex(String glob) {
        StringBuilder regex = new StringBuilder();
        glob.chars()
                .forEach(c -> regex.append(c == '*' ? ".*" : c == '?' ? "." : Pattern.quote(Character.toString(c))));
        return regex.toString();
    }

    /** Checks that of files that call themselves shards of a number none is missing. */
    private static void requireAll(List<Path> found) throws FormatException {
        for (Path file : found) {
            Matcher shard = SHARD.matcher(String.valueOf(file.getFileName()));
            for (int i = 0; shard.matches() && i < Integer.parseInt(shard.group(3)); i++) {
                Path wanted = file.resolveSibling(
                        "%s-%05d-of-%s%s".formatted(shard.group(1), i, shard.group(3), shard.group(4)));
                if (!found.contains(wanted)) {
                    throw new FormatException(wanted + ": this shard is missing; " + file.getFileName() + " is there");
                }
            }
        }
    }
}
