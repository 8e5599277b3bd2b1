package dev.aorta.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows that get columns; Spark is in this process. */
class AortaTransformerTest {
    private static final byte[] MODEL = {42};

    @TempDir
    private static Path folder;

    private static SparkSession spark;

    @BeforeAll
    static void start() throws IOException {
        spark = SparkSession.builder()
                .appName("aorta")
                .master("local[2]")
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.ui.enabled", "false")
                .config("spark.sql.shuffle.partitions", "2")
                .config("spark.hadoop.fs.far.impl", FarFileSystem.class.getName())
                .config("spark.hadoop.fs.AbstractFileSystem.far.impl", FarFiles.class.getName())
                .getOrCreate();
        Files.createDirectories(folder.resolve("in"));
        Files.writeString(folder.resolve("in/one"), "1");
        Files.writeString(folder.resolve("in/three"), "333");
        Files.writeString(folder.resolve("in/bad"), "bad");
        Files.writeString(folder.resolve("in/deep"), "deep");
        Files.writeString(folder.resolve("in/empty"), "");
    }

    @AfterAll
    static void stop() {
        spark.stop();
    }

    /** Whose mask is the model and the content, and whose area is the length. */
    private static Prediction predict(byte[] model, byte[] content) throws IOException {
        String text = new String(content, StandardCharsets.UTF_8);
        switch (text) {
            case "bad" -> throw new IOException("it is\n bad");
            case "deep" -> throw new StackOverflowError();
            default -> {
                return new Prediction((model[0] + text).getBytes(StandardCharsets.UTF_8), (double) content.length);
            }
        }
    }

    private static AortaTransformer transformer() {
        return new AortaTransformer(spark, MODEL, model -> (path, content) -> predict(model, content));
    }

    private static Dataset<Row> paths(String scheme, String... names) {
        List<String> paths = Stream.of(names)
                .map(name -> scheme + folder.resolve("in").resolve(name))
                .toList();
        return spark.createDataset(paths, Encoders.STRING()).toDF("path");
    }

    private static List<Row> byPath(Dataset<Row> rows) {
        return rows.orderBy("path").collectAsList();
    }

    @Test
    void binaryFilesGetMasksAndErrors() {
        Dataset<Row> files =
                spark.read().format("binaryFile").load(folder.resolve("in").toString());
        List<Row> rows = byPath(transformer().transform(files).select("path", "length", "mask", "area_mm2", "error"));
        assertThat(rows)
                .extracting(row -> row.getString(4))
                .containsExactly("it is bad", "StackOverflowError", null, null);
        assertThat(rows).extracting(row -> row.isNullAt(2)).containsExactly(true, true, false, false);
        assertThat(rows.get(3).<byte[]>getAs("mask")).isEqualTo("42333".getBytes(StandardCharsets.UTF_8));
        assertThat(rows.get(3).<Double>getAs("area_mm2")).isEqualTo(3);
        assertThat(rows.get(3).<Long>getAs("length")).isEqualTo(3);
    }

    @Test
    void filesAreReadAndWrittenInAnyFileSystemAndOnceMoreWithoutATrace() throws IOException {
        for (String scheme : List.of("far://", "file:")) {
            String out = scheme + folder.resolve("out-" + scheme.length());
            for (int time = 0; time < 2; time++) {
                List<Row> rows = byPath(transformer().files(out).transform(paths(scheme, "empty", "missing", "three")));
                assertThat(rows).hasSize(3);
                assertThat(rows.get(0).<String>getAs("error")).isNull();
                assertThat(rows.get(1).<String>getAs("error")).contains("missing");
                String path = rows.get(2).getAs("path");
                assertThat(rows.get(2).<String>getAs("file")).endsWith("/" + Sha256.of(path) + ".png");
                assertThat(folder.resolve("out-" + scheme.length()).resolve(Sha256.of(path) + ".png"))
                        .hasContent("42333");
            }
            try (Stream<Path> files = Files.list(folder.resolve("out-" + scheme.length()))) {
                assertThat(files).hasSize(2);
            }
        }
    }

    /** A network that counts the files of a folder, beside its mask. */
    private record Counting() implements Predictor {
        @Override
        public Prediction predict(String path, byte[] content) throws IOException {
            return new Prediction(content, null, Arrays.asList(1, null));
        }

        @Override
        public Prediction predict(String path, SortedMap<String, byte[]> files) {
            return new Prediction(null, null, List.of(files.size(), String.join(" ", files.keySet())));
        }
    }

    @Test
    void foldersAreSeriesAndPredictionsMayHaveFurtherColumns() throws IOException {
        Files.createDirectories(folder.resolve("series/deep"));
        Files.writeString(folder.resolve("series/one"), "1");
        Files.writeString(folder.resolve("series/deep/two"), "2");
        Dataset<Row> rows = new AortaTransformer(spark, MODEL, model -> new Counting())
                .columns(new StructType().add("count", DataTypes.IntegerType).add("names", DataTypes.StringType))
                .files(folder.resolve("out-series").toString())
                .transform(paths("", "one", "../series", "missing"));
        assertThat(rows.columns()).containsExactly("path", "mask", "area_mm2", "count", "names", "file", "error");
        List<Row> found = rows.collectAsList();
        assertThat(found).extracting(row -> row.<Integer>getAs("count")).containsExactly(1, 2, null);
        assertThat(found).extracting(row -> row.<String>getAs("names")).containsExactly(null, "deep/two one", null);
        assertThat(found).extracting(row -> row.<String>getAs("file") == null).containsExactly(false, true, true);
        assertThat(found.get(2).<String>getAs("error")).contains("missing");
        assertThat(byPath(transformer().transform(paths("", "../series")))
                        .getFirst()
                        .<String>getAs("error"))
                .contains("it is a folder");
    }

    @Test
    void whatWouldTakeTooMuchMemoryIsAnErrorAndIsNotRead() throws IOException {
        int limit = 100_000;
        Files.createDirectories(folder.resolve("big/deep"));
        Files.write(folder.resolve("big/one"), new byte[60_000]);
        Files.write(folder.resolve("big/deep/two"), new byte[50_000]);
        Files.write(folder.resolve("large"), new byte[limit]);
        Files.createDirectories(folder.resolve("many"));
        for (int i = 0; i < 100; i++) {
            Files.createFile(folder.resolve("many/" + i));
        }
        Dataset<Row> paths = paths("far://", "three", "../big", "../large", "../many", "../big/one");
        long before = FarFileSystem.read();
        List<Row> rows = new AortaTransformer(spark, MODEL, model -> new Counting())
                .columns(new StructType().add("count", DataTypes.IntegerType).add("names", DataTypes.StringType))
                .limit(limit)
                .transform(paths)
                .collectAsList();
        assertThat(FarFileSystem.read() - before).isEqualTo(60_003);
        assertThat(rows).extracting(row -> row.<Integer>getAs("count")).containsExactly(1, null, null, null, 1);
        assertThat(rows.get(1).<String>getAs("error"))
                .contains("/big: its files would take at least 112,048 bytes of memory (2 of them")
                .contains("one row may take 100,000");
        assertThat(rows.get(2).<String>getAs("error")).contains("/large: ").contains(" 101,024 bytes");
        assertThat(rows.get(3).<String>getAs("error")).contains("/many: ").contains("98 of them");
        assertThatThrownBy(() -> transformer().limit(0)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aModelThatCannotBeLoadedEndsTheJob() {
        AortaTransformer broken = new AortaTransformer(spark, MODEL, model -> {
            throw new IOException("no weights");
        });
        assertThatThrownBy(() -> broken.transform(paths("", "one")).count())
                .hasStackTraceContaining("[spark] the model cannot be loaded: java.io.IOException: no weights");
    }

    @Test
    void columnsThatAreWantedAreAskedFor() {
        assertThatThrownBy(() -> transformer().transform(spark.range(3).toDF("id")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no column 'path' but [id]");
        assertThatThrownBy(() -> transformer()
                        .transform(paths("", "one")
                                .withColumnRenamed("path", "mask")
                                .selectExpr("mask as path", "mask")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("a column 'mask' already");
    }
}
