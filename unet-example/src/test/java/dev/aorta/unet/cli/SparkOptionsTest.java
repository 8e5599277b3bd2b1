package dev.aorta.unet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a spark-submit gets that only writes down its words. */
class SparkOptionsTest {
    private static final int CODE = 7;

    @TempDir
    Path folder;

    private Path jar;

    @BeforeEach
    void fakeSpark() throws IOException {
        jar = Files.createFile(folder.resolve("aorta.jar"));
        Path submit = Files.createDirectories(folder.resolve("spark/bin")).resolve("spark-submit");
        Files.writeString(submit, "#!/bin/sh\nprintf '%s\\n' \"$@\"\nexit " + CODE + "\n");
        Files.setPosixFilePermissions(submit, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private record Ended(int code, List<String> lines) {}

    private static Ended unet(Map<String, String> environment, String... args) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        command.addAll(List.of(args));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().keySet().removeAll(List.of("SPARK_HOME", "AORTA_SPARK_JAR"));
        builder.environment().putAll(environment);
        Process process = builder.start();
        try (var out = process.inputReader(StandardCharsets.UTF_8)) {
            List<String> lines = out.lines().toList();
            return new Ended(process.waitFor(), lines);
        }
    }

    private Map<String, String> spark() {
        return Map.of("SPARK_HOME", folder.resolve("spark").toString(), "AORTA_SPARK_JAR", jar.toString());
    }

    @Test
    void aTrainingIsHandedOver() throws Exception {
        Ended ended = unet(
                spark(),
                "train",
                "--spark",
                "spark://node0:7077",
                "--spark-conf=spark.cores.max=64",
                "--workers=4",
                "--data",
                "hdfs://namenode/parts",
                "--out=/shared/runs/four",
                "--shards=8",
                "--largest",
                "--batch",
                "8");
        assertThat(ended.lines())
                .containsExactly(
                        "--master",
                        "spark://node0:7077",
                        "--conf",
                        "spark.scheduler.minRegisteredResourcesRatio=1.0",
                        "--conf",
                        "spark.scheduler.barrier.maxConcurrentTasksCheck.interval=1s",
                        "--conf",
                        "spark.dynamicAllocation.enabled=false",
                        "--conf",
                        "spark.cores.max=64",
                        jar.toString(),
                        "train",
                        "--workers=4",
                        "--data=hdfs://namenode/parts",
                        "--out=/shared/runs/four",
                        "--",
                        "--shards=8",
                        "--largest",
                        "--batch=8");
        assertThat(ended.code()).isEqualTo(CODE);
    }

    @Test
    void aPredictionIsHandedOverFromThePath() throws Exception {
        Map<String, String> path =
                Map.of("PATH", folder.resolve("spark/bin") + ":/usr/bin:/bin", "AORTA_SPARK_JAR", jar.toString());
        Ended ended = unet(
                path,
                "predict",
                "--spark=yarn",
                "--model=hdfs://namenode/model.safetensors",
                "--fit=tile",
                "--out=hdfs://namenode/out",
                "hdfs://namenode/scans",
                "hdfs://namenode/more/*.dcm");
        assertThat(ended.lines())
                .containsExactly(
                        "--master",
                        "yarn",
                        jar.toString(),
                        "predict",
                        "--model=hdfs://namenode/model.safetensors",
                        "--fit=tile",
                        "--out=hdfs://namenode/out",
                        "hdfs://namenode/scans",
                        "hdfs://namenode/more/*.dcm");
        assertThat(ended.code()).isEqualTo(CODE);
    }

    @Test
    void saysWhatIsMissing() throws Exception {
        String[] train = {"train", "--spark=yarn", "--data=d", "--out=o"};
        assertThat(unet(Map.of("SPARK_HOME", folder.toString()), train).lines())
                .singleElement()
                .asString()
                .startsWith("unet: there is no spark-submit in " + folder.resolve("bin") + ", where SPARK_HOME points");
        assertThat(unet(Map.of("SPARK_HOME", folder.resolve("spark").toString()), train)
                        .lines())
                .singleElement()
                .asString()
                .startsWith("unet: AORTA_SPARK_JAR is not set; it names the jar that './mvnw");
    }

    @Test
    void refusesWhatSparkDoesNotDo() {
        assertThat(Unet.run("train", "--workers=2").err()).contains("--workers goes with --spark MASTER; add that");
        assertThat(Unet.run("train", "--spark=yarn").err()).contains("--spark needs --data and --out");
        assertThat(Unet.run("train", "--spark=yarn", "--resume=r").err()).contains("leave --resume out");
    }
}
