package dev.aorta.spark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.spark.sql.SparkSession;

/** A cluster of Spark on this machine, whose executors are processes of their own with the class path of the tests. */
public final class LocalCluster {
    private LocalCluster() {}

    /**
     * Starts it. Spark is not installed: its home is a folder that looks like one.
     *
     * @param executors of one core each
     */
    public static SparkSession start(int executors) throws IOException {
        Path home = Path.of(System.getenv("SPARK_HOME"));
        Files.createDirectories(home.resolve("jars"));
        Files.writeString(home.resolve("RELEASE"), "");
        return SparkSession.builder()
                .appName("aorta")
                .master("local-cluster[%d,1,1024]".formatted(executors))
                .config("spark.executor.extraClassPath", System.getProperty("java.class.path"))
                .config(
                        "spark.executor.extraJavaOptions",
                        "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Daorta.simd=scalar -Daorta.cluster.wait=60")
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.ui.enabled", "false")
                .config("spark.sql.shuffle.partitions", "2")
                // for rows so few, compiling takes longer than what it makes faster
                .config("spark.sql.codegen.wholeStage", "false")
                .config("spark.scheduler.minRegisteredResourcesRatio", "1.0")
                .config("spark.scheduler.barrier.maxConcurrentTasksCheck.interval", "1s")
                .config("spark.scheduler.barrier.maxConcurrentTasksCheck.maxFailures", "20")
                .config("spark.hadoop.fs.far.impl", FarFileSystem.class.getName())
                .getOrCreate();
    }
}
