package dev.aorta.unet.imaging;

import dev.aorta.data.Example;
import dev.aorta.data.TfRecordIndex;
import dev.aorta.io.FormatException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The records of one TFRecord file or of several, counted through. Several threads may read at once. */
public final class RecordShards implements Closeable {
    private static final Pattern SHARD = Pattern.compile("(.*)-(\\d{5})-of-(\\d{5})(.*)");

    private final List<Path> files;
    private final List<TfRecordIndex> indices = new ArrayList<>();

    private RecordShards(List<Path> files) throws IOException {
        this.files = files;
        try {
            for (Path file : files) {
                indices.add(TfRecordIndex.open(file));
            }
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Opens what {@link #files} finds. */
    public static RecordShards open(Path name) throws IOException {
        return new RecordShards(files(name));
    }

    /**
     * The files that a name stands for: the file itself; or NAME.gz; or the shards NAME-00000-of-00003 and so on, all of them; or
     * those that match it where it holds * or ?, in the order of their names.
     *
     * @throws FormatException if there are none, or a shard is missing
     */
    public static List<Path> files(Path name) throws IOException {
        List<Path> found = find(name);
        if (found.isEmpty()) {
            throw new FormatException(name
                    + ": there is no such file; make a data set with 'unet prepare', or name its folder with --data");
        }
        return found;
    }

    /**
     * As {@link #files}, but none where there are none.
     *
     * @throws FormatException if a shard is missing
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

    /** Number of records. */
    public int size() {
        return indices.stream().mapToInt(TfRecordIndex::size).sum();
    }

    /** Record {@code index}, from 0. */
    public Example read(int index) throws IOException {
        int rest = index;
        for (TfRecordIndex records : indices) {
            if (rest < records.size()) {
                return records.readExample(rest);
            }
            rest -= records.size();
        }
        throw new IndexOutOfBoundsException(index);
    }

    /** Which record that is: the file, and its number in it. */
    public String where(int index) {
        int rest = index;
        int shard = 0;
        while (shard + 1 < files.size() && rest >= indices.get(shard).size()) {
            rest -= indices.get(shard++).size();
        }
        return files.get(shard) + ": record " + rest;
    }

    @Override
    public void close() throws IOException {
        for (TfRecordIndex records : indices) {
            records.close();
        }
    }
}
