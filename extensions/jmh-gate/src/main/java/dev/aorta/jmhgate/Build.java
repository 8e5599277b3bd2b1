package dev.aorta.jmhgate;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.PatternSyntaxException;

/**
 * Makes the JMH jars of two states of a git repository.
 *
 * @param root of the working tree
 * @param command for {@code sh}, run in the root of a tree
 * @param jar pattern, relative to the root, of what the command makes: {@code *} within a folder, {@code **} across folders
 */
record Build(Path root, String command, String jar) {

    /** The build of the working tree around {@code directory}. */
    static Build in(Path directory, String command, String jar) throws IOException {
        return new Build(root(directory), command, jar);
    }

    /** The root of the working tree around a directory. */
    static Path root(Path directory) throws IOException {
        return Path.of(Programs.output(directory, "git", "rev-parse", "--show-toplevel"));
    }

    /** The commit that a name stands for, checked before anything is built. */
    String commit(String ref) throws IOException {
        try {
            return Programs.output(
                    root, "git", "rev-parse", "--verify", "--quiet", "--end-of-options", ref + "^{commit}");
        } catch (IOException e) {
            throw new IOException(
                    root + ": no commit '" + ref + "' here; fetch it first, clones of pipelines are often shallow", e);
        }
    }

    /** Builds the working tree as it is and copies its jar. */
    void head(Path to) throws IOException {
        build(root, to);
    }

    /** Builds a commit in a worktree of its own, which is removed afterwards, and copies its jar. */
    void base(String ref, Path to) throws IOException {
        String commit = commit(ref);
        Path folder = Files.createTempDirectory("jmh-gate-base-").toRealPath();
        Path tree = folder.resolve(root.getFileName());
        try {
            Programs.output(root, "git", "worktree", "add", "--quiet", "--detach", tree.toString(), commit);
            build(tree, to);
        } finally {
            if (Files.exists(tree)) {
                Programs.output(root, "git", "worktree", "remove", "--force", tree.toString());
            }
            Files.delete(folder);
        }
    }

    private void build(Path tree, Path to) throws IOException {
        Path log = to.resolveSibling(to.getFileName() + ".build.log");
        Programs.run(tree, log, List.of("sh", "-c", command));
        Files.copy(made(tree), to, StandardCopyOption.REPLACE_EXISTING);
    }

    /** The one jar that the pattern means. */
    private Path made(Path tree) throws IOException {
        PathMatcher matcher;
        try {
            matcher = FileSystems.getDefault().getPathMatcher("glob:" + jar);
        } catch (PatternSyntaxException e) {
            throw new IOException("no pattern for a jar: " + e.getMessage(), e);
        }
        List<Path> found = new ArrayList<>();
        Files.walkFileTree(tree, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
                return directory.endsWith(".git") ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (matcher.matches(tree.relativize(file))) {
                    found.add(file);
                }
                return FileVisitResult.CONTINUE;
            }
        });
        if (found.size() != 1) {
            throw new IOException(
                    "'" + command + "' in " + tree + " left " + (found.isEmpty() ? "no file" : found.toString())
                            + " for the pattern '" + jar + "', where one is wanted; name the JMH jar that it makes");
        }
        return found.get(0);
    }
}
