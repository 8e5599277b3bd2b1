package dev.aorta.unet.spark;

import dev.aorta.io.FormatException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/** What command lines name in the file systems that Spark knows. */
final class Inputs {
    private Inputs() {}

    /**
     * The files and folders that names and patterns stand for.
     *
     * @throws FormatException if there is none of one
     */
    static List<FileStatus> find(List<String> inputs, Configuration hadoop) throws IOException {
        List<FileStatus> found = new ArrayList<>();
        for (String input : inputs) {
            Path given = new Path(input);
            FileStatus[] matches = given.getFileSystem(hadoop).globStatus(given);
            if (matches == null || matches.length == 0) {
                throw new FormatException(input + ": there is no such file or folder");
            }
            found.addAll(List.of(matches));
        }
        return found;
    }

    static byte[] read(String uri, Configuration hadoop) throws IOException {
        Path file = new Path(uri);
        try (InputStream in = file.getFileSystem(hadoop).open(file)) {
            return in.readAllBytes();
        }
    }
}
