package dev.aorta.bench.gate;

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
        Build build = Build.in(repository, "mkdir -p out && cp code out/bench.jar", Path.of("out/bench.jar"));
        build.base("HEAD", directory.resolve("base.jar"));
        build.head(directory.resolve("head.jar"));
        assertThat(directory.resolve("base.jar")).hasContent("committed");
        assertThat(directory.resolve("head.jar")).hasContent("changed");
        assertThat(git("worktree", "list").lines()).hasSize(1);
        try (Stream<Path> left = Files.list(directory)) {
            assertThat(left).hasSize(3);
        }
    }

    @Test
    void removesTheWorktreeOfAFailedBuild() throws IOException {
        Build build = Build.in(repository, "exit 3", Path.of("bench.jar"));
        assertThatThrownBy(() -> build.base("HEAD", directory.resolve("base.jar")))
                .hasMessageContaining("status 3");
        assertThat(git("worktree", "list").lines()).hasSize(1);
    }

    @Test
    void saysWhatIsMissing() throws IOException {
        Build build = Build.in(repository, "true", Path.of("bench.jar"));
        assertThatThrownBy(() -> build.head(directory.resolve("head.jar"))).hasMessageContaining("--jar");
        assertThatThrownBy(() -> build.base("nowhere", directory.resolve("base.jar")))
                .hasMessageContaining("nowhere");
    }

    private String git(String... arguments) throws IOException {
        return Build.run(
                repository,
                true,
                Stream.concat(Stream.of("git"), Stream.of(arguments)).toArray(String[]::new));
    }
}
