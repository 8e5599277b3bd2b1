package dev.aorta.unet.spark;

import dev.aorta.spark.AortaTransformer;
import dev.aorta.unet.imaging.Fit;
import dev.aorta.unet.imaging.Pseudonyms;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "volumes",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description =
                "Measures the left ventricle in short-axis cines as 'unet volumes' does. The table 'volumes', Parquet files, has a"
                        + " row for each series: volumes in ml, the ejection fraction, the mass, a DICOM segmentation, and why there is"
                        + " none. The exit code is 1 when there are series that were not measured.")
final class VolumesCommand implements Callable<Integer> {
    @Option(names = "--model", required = true, paramLabel = "URI", description = "model.safetensors of a run folder.")
    private String model = "";

    @Option(
            names = "--fit",
            paramLabel = "HOW",
            defaultValue = "exact",
            description = "As that of 'unet volumes': exact, tile or resample. Default: ${DEFAULT-VALUE}")
    private Fit fit = Fit.EXACT;

    @Option(
            names = "--cavity",
            paramLabel = "CLASS",
            description =
                    "Class of the left ventricle's cavity. Default: 1 of a model of two classes, else it must be named")
    private @Nullable Integer cavity;

    @Option(names = "--myocardium", paramLabel = "CLASS", description = "Class of its wall, where there is one.")
    private @Nullable Integer myocardium;

    @Option(
            names = "--keep-ids",
            description = "Keep the patients' names in segmentations. By default pseudonyms take their place.")
    private boolean keep;

    @Option(
            names = "--key",
            paramLabel = "FILE",
            description =
                    "The secret key of the pseudonyms on this machine, made where it is not there; executors get it with the"
                            + " work. Default: ~/.config/aorta/pseudonyms.key")
    private @Nullable Path key;

    @Option(
            names = "--segmentations",
            description =
                    "Write the segmentations as DICOM files too, into the folder 'segmentations', under the SHA-256 of"
                            + " the series' path; the column 'file' says which.")
    private boolean segmentations;

    @Option(
            names = "--limit",
            paramLabel = "MIB",
            defaultValue = "1024",
            description =
                    "Most memory for the files of one series, mebibytes; one that needs more is not measured. Default:"
                            + " ${DEFAULT-VALUE}")
    private int limit;

    @Option(names = "--out", required = true, paramLabel = "URI", description = "Folder for the table.")
    private String out = "";

    @Parameters(
            arity = "1..*",
            paramLabel = "URI",
            description = "Folders of a series each, enhanced DICOM files, NIfTI files, or patterns with * and ?.")
    private List<String> inputs = List.of();

    @Override
    public Integer call() throws IOException {
        SparkSession spark = Main.session();
        Configuration hadoop = spark.sparkContext().hadoopConfiguration();
        SeriesMeasuring.Options options = new SeriesMeasuring.Options(
                fit, cavity, myocardium, keep ? null : key(), LocalDateTime.now(ZoneId.systemDefault()));
        List<String> paths = Inputs.find(inputs, hadoop).stream()
                .map(found -> found.getPath().toString())
                .distinct()
                .toList();
        Dataset<Row> series = spark.createDataset(paths, Encoders.STRING())
                .repartition(paths.size()) // a series is work enough for a task
                .toDF("path");
        String table = out + "/volumes";
        AortaTransformer measuring = new AortaTransformer(
                        spark, Inputs.read(model, hadoop), bytes -> SeriesMeasuring.load(bytes, options))
                .columns(SeriesMeasuring.COLUMNS)
                .limit((long) limit << 20);
        (segmentations ? measuring.files(out + "/segmentations", ".seg.dcm") : measuring)
                .transform(series)
                .drop("mask", "area_mm2")
                .write()
                .mode(SaveMode.Overwrite)
                .parquet(table);
        long failed = spark.read().parquet(table).filter("error is not null").count();
        System.out.printf("%d series in %s, %d that were not measured%n", paths.size() - failed, table, failed);
        return failed == 0 ? 0 : 1;
    }

    private byte[] key() throws IOException {
        Path file = key != null ? key : Pseudonyms.defaultKey(System::getenv);
        Pseudonyms.of(file); // makes it, and looks at it
        return HexFormat.of().parseHex(Files.readString(file).strip());
    }
}
