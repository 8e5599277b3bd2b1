package dev.aorta.jmhgate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BuildTest {
    @TempDir
    private Path directory;

    private Path repository = Path.of("");

    @BeforeEach
    void commitAndChange() throws IOException {
        repository = Files.createDirectories(directory.resolve("project"));
        git("init", "--quiet");
        Files.writeString(repository.resolve("code"), "committed");
        git("add", "code");
        git("-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "--quiet", "-m", "first");
        Files.writeString(repository.resolve("code"), "changed");
    }

    @Test
    void buildsTheCommitAndTheWorkingTreeApart() throws IOException {
        Build build = Build.in(repository, "mkdir -p out && cp code out/bench.jar", "out/*.jar");
        build.base("HEAD", directory.resolve("base.jar"));
        build.head(directory.resolve("head.jar"));
        assertThat(directory.resolve("base.jar")).hasContent("committed");
        assertThat(directory.resolve("head.jar")).hasContent("changed");
        assertThat(git("worktree", "list").lines()).hasSize(1);
    }

    @Test
    void removesTheWorktreeOfAFailedBuild() throws IOException {
        Build build = Build.in(repository, "exit 3", "bench.jar");
        assertThatThrownBy(() -> build.base("HEAD", directory.resolve("base.jar")))
                .hasMessageContaining("status 3");
        assertThat(git("worktree", "list").lines()).hasSize(1);
    }

    @Test
    void takesTheOneJarThatThePatternMeans() throws IOException {
        Path head = directory.resolve("head.jar");
        String two = "mkdir -p a/target b/target; echo a > a/target/x-1.jar; echo b > b/target/x-2.jar";
        Build.in(repository, two, "**/x-1.jar").head(head);
        assertThat(head).hasContent("a");
        Build both = Build.in(repository, two, "*/target/x-*.jar");
        assertThatThrownBy(() -> both.head(head)).hasMessageContainingAll("x-1.jar", "x-2.jar", "*/target/x-*.jar");
        Build none = Build.in(repository, "true", "bench.jar");
        assertThatThrownBy(() -> none.head(head)).hasMessageContaining("left no file for the pattern 'bench.jar'");
    }

    @Test
    void saysWhatIsMissing() throws IOException {
        Build build = Build.in(repository, "true", "bench.jar");
        assertThatThrownBy(() -> build.base("nowhere", directory.resolve("base.jar")))
                .hasMessageContaining("no commit 'nowhere' here; fetch it first");
        assertThatThrownBy(() -> Build.in(Files.createTempDirectory("none"), "true", "bench.jar"))
                .hasMessageContaining("not a git repository");
    }

    @Test
    void showsTheEndOfAFailedBuild() throws IOException {
        Build build = Build.in(repository, "echo cannot compile; exit 3", "bench.jar");
        assertThatThrownBy(() -> build.head(directory.resolve("head.jar")))
                .hasMessageContaining("status 3:\n  cannot compile");
    }

    private String git(String... arguments) throws IOException {
        return Programs.output(
                repository,
                Stream.concat(Stream.of("git"), Stream.of(arguments)).toArray(String[]::new));
    }
}
