package dev.aorta.unet.spark;

import dev.aorta.io.FormatException;
import dev.aorta.spark.AortaTransformer;
import dev.aorta.unet.imaging.Fit;
import java.io.IOException;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "predict",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description =
                "Segments DICOM files of one picture each. Masks are PNG files whose names are the SHA-256 of the paths that"
                        + " they belong to; the table 'predictions', CSV files with a header, says which is whose, and why there is"
                        + " none. The exit code is 1 when there are files without a mask.")
final class PredictCommand implements Callable<Integer> {
    /** So that one with slow files is no last one. */
    private static final int TASKS_A_CORE = 4;

    private static final String TABLE = "path string, file string, area_mm2 double, error string";

    @Option(names = "--model", required = true, paramLabel = "URI", description = "model.safetensors of a run folder.")
    private String model = "";

    @Option(
            names = "--fit",
            paramLabel = "HOW",
            defaultValue = "exact",
            description = "As that of 'unet predict': exact, tile or resample. Default: ${DEFAULT-VALUE}")
    private Fit fit = Fit.EXACT;

    @Option(names = "--out", required = true, paramLabel = "URI", description = "Folder for the masks and the table.")
    private String out = "";

    @Parameters(arity = "1..*", paramLabel = "URI", description = "Files, folders, or patterns with * and ?.")
    private List<String> inputs = List.of();

    @Override
    public Integer call() throws IOException {
        SparkSession spark = Main.session();
        Fit how = fit;
        Configuration hadoop = spark.sparkContext().hadoopConfiguration();
        List<String> paths = paths(hadoop);
        int tasks = Math.min(paths.size(), TASKS_A_CORE * spark.sparkContext().defaultParallelism());
        Dataset<Row> scans =
                spark.createDataset(paths, Encoders.STRING()).repartition(tasks).toDF("path");
        String table = out + "/predictions";
        new AortaTransformer(spark, Inputs.read(model, hadoop), bytes -> Segmentation.load(bytes, how))
                .files(out + "/masks")
                .transform(scans)
                .select("path", "file", "area_mm2", "error")
                .write()
                .mode(SaveMode.Overwrite)
                .option("header", true)
                .csv(table);
        Dataset<Row> written = spark.read().option("header", true).schema(TABLE).csv(table);
        long failed = written.filter("error is not null").count();
        System.out.printf("%d masks in %s, %d files without one%n", written.count() - failed, out, failed);
        return failed == 0 ? 0 : 1;
    }

    /**
     * The files of the inputs, also empty ones, which {@code binaryFile} leaves out.
     *
     * @throws FormatException if there are none
     */
    private List<String> paths(Configuration hadoop) throws IOException {
        SortedSet<String> paths = new TreeSet<>();
        for (FileStatus found : Inputs.find(inputs, hadoop)) {
            add(found.getPath().getFileSystem(hadoop), found, paths);
        }
        if (paths.isEmpty()) {
            throw new FormatException(inputs + ": there is no file in it");
        }
        return List.copyOf(paths);
    }

    private static void add(FileSystem files, FileStatus found, SortedSet<String> paths) throws IOException {
        if (!found.isDirectory()) {
            paths.add(found.getPath().toString());
            return;
        }
        for (FileStatus inside : files.listStatus(found.getPath())) {
            add(files, inside, paths);
        }
    }
}
