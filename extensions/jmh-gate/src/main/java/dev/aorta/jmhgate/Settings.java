package dev.aorta.jmhgate;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * What to compare, and how.
 *
 * @param directory in the git repository, when there is one
 * @param ref commit to build as the base; null when {@code base} is there
 * @param base JMH jar, result file, or directory of result files; null when {@code ref} is there
 * @param head the same for the head; null to build the working tree
 * @param build makes the jar, for {@code sh} in the root of a tree
 * @param jar pattern of what it makes
 * @param java program that runs the jars
 * @param include regular expression of the benchmarks to run
 * @param jmh further arguments for JMH
 * @param forks JVMs for each side
 * @param confirm whether what may be worse is measured as often again, and judged by all its forks
 * @param rules when a difference fails
 * @param work empty or new folder for jars, results and logs
 */
record Settings(
        Path directory,
        @Nullable String ref,
        @Nullable Path base,
        @Nullable Path head,
        String build,
        String jar,
        Path java,
        String include,
        List<String> jmh,
        int forks,
        boolean confirm,
        Rules rules,
        Path work) {
    private static final Set<String> OURS = Set.of("-f", "-rf", "-rff", "-foe", "-o", "-l", "-lp", "-h");

    /**
     * Makes settings.
     *
     * @throws IllegalArgumentException for what no measurement could come of, before hours are spent on it
     */
    Settings {
        if ((ref == null) == (base == null)) {
            throw new IllegalArgumentException(
                    "what is the base? Give a commit, or a file (a JMH jar or results of JMH), and not both");
        }
        for (Path path : new Path[] {base, head}) {
            if (path != null && !Files.exists(path)) {
                throw new IllegalArgumentException("no file " + path + "; a JMH jar or results of JMH are wanted");
            }
        }
        if (runs(base, head)) {
            rules.requireForks("forks", forks, forks);
            if (forks > RankSum.MOST / 2) {
                throw new IllegalArgumentException("forks: " + forks + ", at most " + RankSum.MOST / 2);
            }
        }
        try {
            Pattern.compile(include);
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException("no regular expression for benchmarks: " + e.getMessage(), e);
        }
        for (String argument : jmh) {
            if (OURS.contains(argument)) {
                throw new IllegalArgumentException(
                        "arguments for JMH: the gate gives " + argument + " itself; forks have a setting of their own");
            }
        }
    }

    /** True for a file that is run, as against results. */
    static boolean isJar(Path path) {
        return path.toString().endsWith(".jar");
    }

    private static boolean runs(@Nullable Path base, @Nullable Path head) {
        return base == null || head == null || isJar(base) || isJar(head);
    }
}
