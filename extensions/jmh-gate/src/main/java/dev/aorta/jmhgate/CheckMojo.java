package dev.aorta.jmhgate;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.inject.Inject;
import org.apache.maven.execution.MavenSession;
import org.apache.maven.plugin.AbstractMojo;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.apache.maven.project.MavenProject;
import org.apache.maven.toolchain.Toolchain;
import org.apache.maven.toolchain.ToolchainManager;
import org.jspecify.annotations.Nullable;

/** Fails the build when JMH benchmarks became slower or allocate more than in a base. */
@Mojo(name = "check", defaultPhase = LifecyclePhase.VERIFY, threadSafe = true)
@SuppressWarnings("NullAway.Init") // Maven sets the fields
public final class CheckMojo extends AbstractMojo {
    /** Commit to compare with, for example {@code origin/main}; built in a git worktree of its own. */
    @Parameter(property = "jmh-gate.base")
    private @Nullable String base;

    /** A file to compare with instead: a JMH jar, a result of JMH in JSON, or a directory of results. */
    @Parameter(property = "jmh-gate.baseFile")
    private @Nullable File baseFile;

    /** What is checked: the project's JMH jar, or results as for {@code baseFile}. */
    @Parameter(property = "jmh-gate.head", defaultValue = "${project.build.directory}/benchmarks.jar")
    private File head;

    /** Makes the jar of {@code base}, in the root of its tree, for {@code sh}. By default this module and what it needs, by Maven. */
    @Parameter(property = "jmh-gate.build")
    private @Nullable String build;

    /** Pattern of the jar that {@code build} makes, from the root of the tree. By default the place of {@code head}. */
    @Parameter(property = "jmh-gate.jar")
    private @Nullable String jar;

    /** Regular expression of the benchmarks to run. */
    @Parameter(property = "jmh-gate.include", defaultValue = ".*")
    private String include;

    /** JVMs for each side. */
    @Parameter(property = "jmh-gate.forks", defaultValue = "5")
    private int forks;

    /** Further arguments for JMH, for example {@code -wi} and {@code 3}. */
    @Parameter(property = "jmh-gate.jmh")
    private List<String> jmh = List.of();

    /** The program that runs the jars. By default that of the JDK toolchain, or of the JDK that runs Maven. */
    @Parameter(property = "jmh-gate.java")
    private @Nullable File java;

    /** Slowdown let pass, in percent. */
    @Parameter(property = "jmh-gate.threshold", defaultValue = "5")
    private double threshold;

    /** The most that the one-sided p of a failure may be. */
    @Parameter(property = "jmh-gate.alpha", defaultValue = "0.02")
    private double alpha;

    /** Whether what may be worse is measured as often again, and judged by all its forks. */
    @Parameter(property = "jmh-gate.confirm", defaultValue = "true")
    private boolean confirm;

    /** Whether the build fails; without it the goal reports. */
    @Parameter(property = "jmh-gate.fail", defaultValue = "true")
    private boolean fail;

    /** Gets the report as Markdown. */
    @Parameter(property = "jmh-gate.markdown", defaultValue = "${project.build.directory}/jmh-gate/report.md")
    private File markdown;

    /** Gets the report as JUnit XML. */
    @Parameter(property = "jmh-gate.junit", defaultValue = "${project.build.directory}/jmh-gate/TEST-jmh-gate.xml")
    private File junit;

    /** Gets a line of JSON for each run, from which the Markdown shows trends. */
    @Parameter(property = "jmh-gate.history")
    private @Nullable File history;

    /** Whether annotations are printed and the job's summary is written. By default in GitHub Actions. */
    @Parameter(property = "jmh-gate.github")
    private @Nullable Boolean github;

    /** For jars, results and logs; emptied first. */
    @Parameter(property = "jmh-gate.work", defaultValue = "${project.build.directory}/jmh-gate/work")
    private File work;

    /** Whether to do nothing. */
    @Parameter(property = "jmh-gate.skip", defaultValue = "false")
    private boolean skip;

    @Parameter(defaultValue = "${project}", readonly = true)
    private MavenProject project;

    @Parameter(defaultValue = "${session}", readonly = true)
    private MavenSession session;

    private final ToolchainManager toolchains;

    /**
     * For Maven.
     *
     * @param toolchains knows the JDK that this build chose
     */
    @Inject
    public CheckMojo(ToolchainManager toolchains) {
        this.toolchains = toolchains;
    }

    @Override
    public void execute() throws MojoExecutionException, MojoFailureException {
        if (skip) {
            getLog().info("jmh-gate is skipped");
            return;
        }
        Report report;
        try {
            Settings settings = settings();
            Outputs outputs = new Outputs(
                    markdown.toPath(),
                    junit.toPath(),
                    history == null ? null : history.toPath(),
                    github == null ? Outputs.onGithub() : github);
            outputs.past();
            report = Gate.run(settings, getLog()::info);
            report.toString().lines().forEach(getLog()::info);
            outputs.write(report, settings, System.out::println);
        } catch (IOException | IllegalArgumentException e) {
            throw new MojoExecutionException(e.getMessage(), e);
        }
        if (fail && !report.passes()) {
            throw new MojoFailureException(report.failures().stream()
                    .map(c -> "\n  " + c.key() + ": " + c.reason())
                    .collect(Collectors.joining("", report.conclusion(), "\nThe report is " + markdown)));
        }
    }

    private Settings settings() throws IOException {
        Path directory = project.getBasedir().toPath().toRealPath();
        boolean built = base != null && !base.isEmpty();
        Settings settings = new Settings(
                directory,
                built ? base : null,
                baseFile == null ? null : baseFile.toPath(),
                head.toPath(),
                build == null ? (built ? maven(directory) : "") : build,
                jar == null ? (built ? pattern(directory) : "") : jar,
                java(),
                include,
                jmh,
                forks,
                confirm,
                new Rules(threshold / 100, alpha),
                work.toPath());
        delete(work.toPath());
        return settings;
    }

    /** The program that this build chose for Java. */
    private Path java() {
        if (java != null) {
            return java.toPath();
        }
        Toolchain toolchain = toolchains.getToolchainFromBuildContext("jdk", session);
        String tool = toolchain == null ? null : toolchain.findTool("java");
        return tool == null ? Path.of(System.getProperty("java.home"), "bin", "java") : Path.of(tool);
    }

    /** The head's place in the tree: a base's is the same. */
    private String pattern(Path directory) throws IOException {
        Path place = Build.root(directory).relativize(head.toPath().toRealPath());
        return place.toString().replace(File.separatorChar, '/');
    }

    /** Maven as it runs now, for this module and what it needs. */
    private String maven(Path directory) throws IOException {
        Path root =
                session.getRequest().getMultiModuleProjectDirectory().toPath().toRealPath();
        List<String> command = new ArrayList<>(List.of(mavenProgram(), "-q", "-B", "-f"));
        command.add(relative(Build.root(directory), root) + "pom.xml");
        if (session.isOffline()) {
            command.add("-o");
        }
        File user = session.getRequest().getUserSettingsFile();
        if (user != null && user.exists()) {
            command.addAll(List.of("-s", user.getAbsolutePath()));
        }
        command.add("-Dmaven.repo.local=" + session.getLocalRepository().getBasedir());
        String module = relative(root, directory);
        if (!module.isEmpty()) {
            command.addAll(List.of("-pl", module.substring(0, module.length() - 1), "-am"));
        }
        command.addAll(List.of("-DskipTests", "-Djmh-gate.skip", "package"));
        return command.stream().map(CheckMojo::quoted).collect(Collectors.joining(" "));
    }

    private static String mavenProgram() {
        String home = System.getProperty("maven.home");
        return home == null ? "mvn" : Path.of(home, "bin", "mvn").toString();
    }

    /** The way down from one folder to another, with a slash behind, or nothing where they are one. */
    private static String relative(Path from, Path to) {
        String way = from.relativize(to).toString().replace(File.separatorChar, '/');
        return way.isEmpty() ? "" : way + "/";
    }

    private static String quoted(String word) {
        return word.matches("[\\w./=:@%+,-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
    }

    private static void delete(Path directory) throws IOException {
        if (Files.exists(directory)) {
            try (Stream<Path> files = Files.walk(directory)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }
}
