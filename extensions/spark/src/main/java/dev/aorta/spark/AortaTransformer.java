package dev.aorta.spark;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.SerializableConfiguration;
import org.jspecify.annotations.Nullable;

/**
 * Adds what a network says of files to rows that name them. A file that it cannot read or does not like makes a row with an error, and
 * no dead job.
 *
 * <pre>{@code
 * Dataset<Row> scans = spark.read().format("binaryFile").load("hdfs://namenode/scans");
 * new AortaTransformer(spark, Files.readAllBytes(model), bytes -> new Segmentation(bytes))
 *         .files("hdfs://namenode/masks")
 *         .transform(scans)
 *         .drop("content", "mask")
 *         .write().parquet("hdfs://namenode/areas");
 * }</pre>
 *
 * <p>The columns are
 *
 * <ul>
 *   <li>{@code mask}, binary: a PNG file, or what else the network makes
 *   <li>{@code area_mm2}, double: how much it covers, null where the file does not say how large its pixels are
 *   <li>those of {@link #columns}
 *   <li>{@code file}, string, with {@link #files}: where the mask is
 *   <li>{@code error}, string: why there is no mask, else null
 * </ul>
 */
public final class AortaTransformer {
    private static final long LIMIT = 1L << 30;
    private static final String PATH = "path";
    private static final String CONTENT = "content";

    private final Broadcast<byte[]> model;
    private final Broadcast<SerializableConfiguration> hadoop;
    private final Predictor.Source source;
    private final String key;
    private final MaskFiles.@Nullable Place folder;
    private final StructType more;
    private final long limit;

    /**
     * A transformer that writes no files. The model goes to each executor once.
     *
     * @param spark of the rows
     * @param model bytes of its file
     * @param source loads it on the executors
     */
    public AortaTransformer(SparkSession spark, byte[] model, Predictor.Source source) {
        this(
                JavaSparkContext.fromSparkContext(spark.sparkContext()).broadcast(model),
                SerializableConfiguration.broadcast(spark.sparkContext()),
                source,
                Sha256.of(model, serialized(source)),
                null,
                new StructType(),
                LIMIT);
    }

    private AortaTransformer(
            Broadcast<byte[]> model,
            Broadcast<SerializableConfiguration> hadoop,
            Predictor.Source source,
            String key,
            MaskFiles.@Nullable Place folder,
            StructType more,
            long limit) {
        this.model = model;
        this.hadoop = hadoop;
        this.source = source;
        this.key = key;
        this.folder = folder;
        this.more = more;
        this.limit = limit;
    }

    private static byte[] serialized(Predictor.Source source) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(source);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "[spark] what loads the model cannot be sent to executors: " + e.getMessage(), e);
        }
        return bytes.toByteArray();
    }

    /**
     * Writes the masks as files too, in tasks that run. A file is there whole or not at all, and its name is the SHA-256 of the path of
     * what it is a mask of: a task that is repeated, or runs twice at once, leaves one file of the same name.
     *
     * @param uri of a folder in any file system that Spark knows, made where there is none
     * @return a transformer that does so
     */
    public AortaTransformer files(String uri) {
        return files(uri, ".png");
    }

    /**
     * As {@link #files(String)}, for networks whose masks are files of another kind.
     *
     * @param uri of a folder in any file system that Spark knows, made where there is none
     * @param extension of the names, such as {@code .seg.dcm}
     * @return a transformer that does so
     */
    public AortaTransformer files(String uri, String extension) {
        return new AortaTransformer(model, hadoop, source, key, new MaskFiles.Place(uri, extension), more, limit);
    }

    /**
     * Adds further columns, of which {@link Prediction#more} has the values; they are null in rows with an error.
     *
     * @param added names and types
     * @return a transformer that does so
     */
    public AortaTransformer columns(StructType added) {
        return new AortaTransformer(model, hadoop, source, key, folder, added, limit);
    }

    /**
     * How much of one row's file or folder a task may have in memory, where it reads them itself; without this 1 GiB. What would take more
     * is a row with an error, and is not read.
     *
     * @param bytes of all files of a row together, each of which counts 1 KiB beside its content
     * @return a transformer that does so
     * @throws IllegalArgumentException when it is not positive
     */
    public AortaTransformer limit(long bytes) {
        if (bytes <= 0) {
            throw new IllegalArgumentException(
                    "[spark] the bytes that a row may take must be positive, and are " + bytes);
        }
        return new AortaTransformer(model, hadoop, source, key, folder, more, bytes);
    }

    /**
     * Adds the columns.
     *
     * @param files with a column {@code path}, and {@code content} as {@code binaryFile} has it; without that, tasks read the files,
     *     and a path may be that of a folder, whose files are one series
     * @return the same rows with more columns; nothing is computed before they are used
     * @throws IllegalArgumentException when {@code path} is missing, or a column that is to be added is there
     */
    public Dataset<Row> transform(Dataset<Row> files) {
        List<String> names = Arrays.asList(files.columns());
        if (!names.contains(PATH)) {
            throw new IllegalArgumentException(
                    "[spark] the rows have no column 'path' but " + names + "; read them with format(\"binaryFile\")");
        }
        StructType schema = files.schema().add("mask", DataTypes.BinaryType).add("area_mm2", DataTypes.DoubleType);
        for (StructField field : more.fields()) {
            schema = schema.add(field);
        }
        schema =
                (folder == null ? schema : schema.add("file", DataTypes.StringType)).add("error", DataTypes.StringType);
        for (String added : Arrays.copyOfRange(schema.fieldNames(), names.size(), schema.size())) {
            if (names.contains(added)) {
                throw new IllegalArgumentException(
                        "[spark] the rows have a column '" + added + "' already; drop or rename it");
            }
        }
        Rows rows = new Rows(
                model,
                hadoop,
                source,
                key,
                folder,
                limit,
                more.size(),
                names.indexOf(PATH),
                names.indexOf(CONTENT),
                schema.size());
        return files.mapPartitions(rows::of, Encoders.row(schema));
    }

    /** What a task does. */
    private record Rows(
            Broadcast<byte[]> model,
            Broadcast<SerializableConfiguration> hadoop,
            Predictor.Source source,
            String key,
            MaskFiles.@Nullable Place folder,
            long limit,
            int more,
            int path,
            int content,
            int columns)
            implements Serializable {
        Iterator<Row> of(Iterator<Row> files) throws Exception {
            Configuration configuration = hadoop.value().value();
            Predictor predictor = Loaded.of(key, model, source);
            MaskFiles masks = folder == null
                    ? null
                    : new MaskFiles(folder, configuration, TaskContext.get().taskAttemptId());
            return new Iterator<>() {
                @Override
                public boolean hasNext() {
                    return files.hasNext();
                }

                @Override
                public Row next() {
                    return row(files.next(), predictor, masks, configuration);
                }
            };
        }

        private Row row(Row file, Predictor predictor, @Nullable MaskFiles masks, Configuration configuration) {
            Object[] values = new Object[columns];
            for (int i = 0; i < file.length(); i++) {
                values[i] = file.get(i);
            }
            String name = file.getString(path);
            Prediction prediction;
            try {
                prediction = content < 0
                        ? look(name, configuration, predictor)
                        : predictor.predict(name, (byte[]) file.get(content));
            } catch (Exception | StackOverflowError e) {
                values[columns - 1] = reason(e);
                return RowFactory.create(values);
            }
            values[file.length()] = prediction.mask();
            values[file.length() + 1] = prediction.areaMm2();
            if (prediction.more().size() != more) {
                throw new IllegalStateException(
                        "[spark] the network has " + prediction.more().size() + " values for the " + more
                                + " columns that AortaTransformer.columns names");
            }
            for (int i = 0; i < more; i++) {
                values[file.length() + 2 + i] = prediction.more().get(i);
            }
            if (masks != null && prediction.mask() != null) {
                try {
                    values[file.length() + 2 + more] = masks.write(name, prediction.mask());
                } catch (IOException e) {
                    throw new UncheckedIOException(e.getMessage(), e); // another attempt may find room
                }
            }
            return RowFactory.create(values);
        }

        private Prediction look(String name, Configuration configuration, Predictor predictor) throws Exception {
            Path path = new Path(name);
            FileSystem files = path.getFileSystem(configuration);
            FileStatus status = files.getFileStatus(path);
            Contents contents = new Contents(files, path, limit);
            return status.isDirectory()
                    ? predictor.predict(name, contents.folder())
                    : predictor.predict(name, contents.file(status));
        }

        /** In one line. */
        private static String reason(Throwable e) {
            String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
            return message.replaceAll("[\\s\\p{Cntrl}]+", " ").strip();
        }
    }
}
