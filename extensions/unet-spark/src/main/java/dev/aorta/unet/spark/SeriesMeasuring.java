package dev.aorta.unet.spark;

import dev.aorta.io.FormatException;
import dev.aorta.spark.Prediction;
import dev.aorta.spark.Predictor;
import dev.aorta.unet.cli.Tracer;
import dev.aorta.unet.clinical.LeftVentricle;
import dev.aorta.unet.clinical.Tracing;
import dev.aorta.unet.imaging.CineStack;
import dev.aorta.unet.imaging.DicomMaker;
import dev.aorta.unet.imaging.DicomSegmentation;
import dev.aorta.unet.imaging.Fit;
import dev.aorta.unet.imaging.Pseudonyms;
import dev.aorta.unet.imaging.Sha256;
import dev.aorta.unet.train.Segmenter;
import java.io.IOException;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.Arrays;
import java.util.Comparator;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.stream.Stream;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * Measures the left ventricle in short-axis cines: the folder of a series, one enhanced DICOM file, or a NIfTI file.
 *
 * @param segmenter for slices of any thread
 * @param classes of the network
 * @param options of the measurement
 * @param maker what segmentations say of their origin
 */
record SeriesMeasuring(Segmenter segmenter, Tracing.Classes classes, Options options, DicomMaker maker)
        implements Predictor {
    /** The columns of a series; a volume that is not known, and the segmentation of images that are not placed, are null. */
    static final StructType COLUMNS = new StructType()
            .add("edv_ml", DataTypes.DoubleType)
            .add("esv_ml", DataTypes.DoubleType)
            .add("sv_ml", DataTypes.DoubleType)
            .add("ef_percent", DataTypes.DoubleType)
            .add("mass_g", DataTypes.DoubleType)
            .add("segmentation", DataTypes.BinaryType);

    /**
     * How series are measured.
     *
     * @param fit what becomes of slices of other pixels than those of the training
     * @param cavity class, or null where there are two
     * @param myocardium class of the wall, or null where there is none
     * @param key of the pseudonyms, or null where patients keep their names
     * @param made when segmentations say that they were made, so that a task that is repeated makes the same bytes
     */
    record Options(
            Fit fit, @Nullable Integer cavity, @Nullable Integer myocardium, byte @Nullable [] key, LocalDateTime made)
            implements Serializable {
        private static final long serialVersionUID = 1;

        Pseudonyms names() {
            return key == null ? Pseudonyms.none() : Pseudonyms.of(key);
        }
    }

    /** Loads a model file; each task computes on its own thread. */
    static SeriesMeasuring load(byte[] model, Options options) throws IOException {
        Segmenter segmenter = Segmentation.load(model, options.fit()).segmenter();
        return new SeriesMeasuring(
                segmenter,
                Tracing.Classes.of(segmenter.config().classes(), options.cavity(), options.myocardium()),
                options,
                new DicomMaker(dev.aorta.unet.cli.Main.VERSION, "network of SHA-256 " + Sha256.of(model), true));
    }

    @Override
    public Prediction predict(String path, byte[] content) throws IOException {
        return measure(path, source -> Files.write(source, content));
    }

    @Override
    public Prediction predict(String path, SortedMap<String, byte[]> files) throws IOException {
        return measure(path, source -> {
            Files.createDirectory(source);
            int number = 0;
            for (byte[] content : files.values()) {
                Files.write(source.resolve("%06d".formatted(number++)), content);
            }
        });
    }

    private interface Writing {
        void to(Path source) throws IOException;
    }

    /** Readers of series want files. */
    private Prediction measure(String path, Writing content) throws IOException {
        Path folder = Files.createTempDirectory("aorta-series-");
        Path source = folder.resolve("series");
        try {
            content.to(source);
            return measure(path, source);
        } catch (IOException e) {
            throw new IOException(String.valueOf(e.getMessage()).replace(source.toString(), path), e);
        } finally {
            try (Stream<Path> all = Files.walk(folder)) {
                for (Path file : all.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    private Prediction measure(String path, Path source) throws IOException {
        CineStack stack = CineStack.read(source, OptionalInt.empty());
        if (stack.slices() == 1) {
            throw new FormatException(path + ": one slice has no volume");
        }
        int depth = segmenter.config().classes();
        Tracing tracing = Tracing.of(stack, classes, depth, new Tracer(segmenter, options.fit()));
        LeftVentricle ventricle = LeftVentricle.of(tracing);
        byte[] segmentation =
                stack.isPlacedDicom() ? tracing.dicom(options.names(), maker, options.made(), identifiers(path)) : null;
        return new Prediction(
                segmentation,
                null,
                Arrays.asList(
                        known(ventricle.edv().value()),
                        known(ventricle.esv().value()),
                        known(ventricle.stroke().value()),
                        known(ventricle.ejection().value()),
                        known(ventricle.mass()),
                        segmentation));
    }

    /** Of this series by this model at this time, and the same whoever does it. */
    private DicomSegmentation.Uids identifiers(String path) {
        String what = String.join("\n", path, maker.method(), options.made().toString());
        Pseudonyms own =
                Pseudonyms.of(Sha256.of(what.getBytes(StandardCharsets.UTF_8)).getBytes(StandardCharsets.US_ASCII));
        return new DicomSegmentation.Uids(own.uid("series"), own.uid("instance"));
    }

    private static @Nullable Double known(double value) {
        return Double.isNaN(value) ? null : value;
    }
}
