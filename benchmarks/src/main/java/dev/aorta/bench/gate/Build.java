package dev.aorta.bench.gate;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/**
 * Makes the JMH jars of two states of a git repository.
 *
 * @param root of the working tree
 * @param command for {@code sh}, run in the root of a tree
 * @param jar what the command makes, relative to the root
 */
record Build(Path root, String command, Path jar) {

    /** The build of the working tree around {@code directory}. */
    static Build in(Path directory, String command, Path jar) throws IOException {
        return new Build(Path.of(run(directory, true, "git", "rev-parse", "--show-toplevel")), command, jar);
    }

    /** Builds the working tree as it is and copies its jar. */
    void head(Path to) throws IOException {
        build(root, to);
    }

    /** Builds a commit in a worktree beside the working tree, which is removed afterwards, and copies its jar. */
    void base(String ref, Path to) throws IOException {
        String commit = run(root, true, "git", "rev-parse", "--verify", ref + "^{commit}");
        Path tree = Files.createTempDirectory(root.resolveSibling("").toAbsolutePath(), root.getFileName() + "-base-");
        run(root, false, "git", "worktree", "add", "--quiet", "--force", "--detach", tree.toString(), commit);
        try {
            build(tree, to);
        } finally {
            run(root, false, "git", "worktree", "remove", "--force", tree.toString());
        }
    }

    private void build(Path tree, Path to) throws IOException {
        run(tree, false, "sh", "-c", command);
        Path made = tree.resolve(jar);
        if (!Files.exists(made)) {
            throw new IOException("the build left no " + made + "; name what it makes with --jar");
        }
        Files.copy(made, to, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Runs a program and returns what it printed, or passes that on; throws when it does not exit with 0. */
    static String run(Path directory, boolean capture, String... command) throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(directory.toFile()).inheritIO();
        if (capture) {
            builder.redirectOutput(ProcessBuilder.Redirect.PIPE);
        }
        Process process = builder.start();
        String output = capture ? new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8) : "";
        try {
            int status = process.waitFor();
            if (status != 0) {
                throw new IOException("in " + directory + ": '" + String.join(" ", List.of(command))
                        + "' ended with status " + status);
            }
        } catch (InterruptedException e) {
            process.destroy();
            throw new IOException("interrupted while waiting for " + command[0], e);
        }
        return output.strip();
    }
}
