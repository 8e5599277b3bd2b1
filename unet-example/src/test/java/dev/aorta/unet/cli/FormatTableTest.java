package dev.aorta.unet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aorta.data.Example;
import dev.aorta.data.TfRecordCompression;
import dev.aorta.data.TfRecordWriter;
import dev.aorta.io.Json;
import dev.aorta.unet.imaging.LabelledSlice;
import dev.aorta.unet.imaging.Png;
import dev.aorta.unet.imaging.SliceFiles;
import dev.aorta.unet.imaging.SliceFolder;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The table of docs/file-formats.md: inspect, predict, evaluate, train and register read labelled slices in every layout alike. */
class FormatTableTest {
    private static final int SIDE = 16;

    @TempDir
    static Path shared;

    @TempDir
    Path folder;

    private static Path model;
    private static String scores;

    /** How one slice stands in a record. */
    private enum Layout {
        INT64,
        UINT8,
        UINT16_SAID,
        UINT16_BY_OPTION,
        FLOAT32_SAID,
        FLOAT64_BY_OPTION,
        FLOAT_LIST,
        INT64_LIST,
        THREE_CHANNELS,
        PNG,
        PNG_16,
        JPEG;

        /** The option that it needs, or nothing. */
        List<String> options() {
            return switch (this) {
                case UINT16_BY_OPTION -> List.of("--pixels", "uint16");
                case FLOAT64_BY_OPTION -> List.of("--pixels", "float64");
                default -> List.of();
            };
        }

        Example encode(LabelledSlice slice) throws IOException {
            Example.Builder record = Example.builder().bytes("label_raw", slice.label());
            int[] grey = Unet.whole(slice.image());
            if (this != PNG && this != PNG_16 && this != JPEG) {
                record.ints("height", SIDE).ints("width", SIDE).ints("depth", this == THREE_CHANNELS ? 3 : 1);
            }
            if (this == UINT16_SAID || this == FLOAT32_SAID) {
                record.text("dtype", this == UINT16_SAID ? "uint16" : "float32");
            }
            switch (this) {
                case FLOAT_LIST -> record.floats("image", slice.image());
                case INT64_LIST ->
                    record.ints("image", Arrays.stream(grey).mapToLong(v -> v).toArray());
                case PNG -> record.bytes("image/encoded", Png.grey8(SIDE, SIDE, grey));
                case PNG_16 -> record.bytes("image/encoded", Png.grey16(SIDE, SIDE, grey));
                case JPEG -> record.bytes("image/encoded", jpeg(grey));
                default -> record.bytes("image_raw", numbers(grey));
            }
            return record.build();
        }

        private byte[] numbers(int[] grey) {
            ByteBuffer out = ByteBuffer.allocate(8 * grey.length).order(ByteOrder.LITTLE_ENDIAN);
            for (int v : grey) {
                switch (this) {
                    case INT64 -> out.putLong(v);
                    case FLOAT32_SAID -> out.putFloat(v);
                    case FLOAT64_BY_OPTION -> out.putDouble(v);
                    case UINT8 -> out.put((byte) v);
                    case THREE_CHANNELS -> out.put((byte) v).put((byte) v).put((byte) v);
                    default -> out.putShort((short) v);
                }
            }
            return Arrays.copyOf(out.array(), out.position());
        }

        private static byte[] jpeg(int[] grey) throws IOException {
            BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_BYTE_GRAY);
            image.getRaster().setSamples(0, 0, SIDE, SIDE, 0, grey);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            ImageIO.write(image, "jpeg", out);
            return out.toByteArray();
        }
    }

    /** A disk whose grey levels fit in a byte. */
    private static LabelledSlice slice(int number) {
        LabelledSlice disk = SliceFiles.disk(SIDE, number);
        int[] grey = new int[SIDE * SIDE];
        for (int i = 0; i < grey.length; i++) {
            grey[i] = (int) disk.image()[i] / 3;
        }
        return new LabelledSlice(disk.name(), SIDE, SIDE, grey, disk.label());
    }

    private static void write(Path file, TfRecordCompression compression, Layout layout, int first, int count)
            throws IOException {
        TfRecordWriter.write(file, compression, writer -> {
            for (int i = 0; i < count; i++) {
                writer.write(layout.encode(slice(first + i)));
            }
        });
    }

    @BeforeAll
    static void train() throws IOException {
        Path data = Files.createDirectory(shared.resolve("data"));
        write(data.resolve(SliceFolder.TRAIN), TfRecordCompression.NONE, Layout.INT64, 0, 4);
        write(data.resolve(SliceFolder.VALIDATION), TfRecordCompression.NONE, Layout.INT64, 100, 2);
        model = train(data, shared.resolve("run"), List.of());
        scores = evaluate(data, List.of());
    }

    @ParameterizedTest
    @EnumSource
    void everyLayoutIsReadByAll(Layout layout) throws IOException {
        write(folder.resolve(SliceFolder.TRAIN), TfRecordCompression.NONE, layout, 0, 4);
        write(folder.resolve(SliceFolder.VALIDATION), TfRecordCompression.NONE, layout, 100, 2);
        readByAll(folder.resolve(SliceFolder.VALIDATION), layout.options(), layout != Layout.JPEG);
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "zlib", "gz", "shards", "pattern"})
    void everyWayToStoreFilesIsReadByAll(String way) throws IOException {
        TfRecordCompression compression = way.equals("zlib") ? TfRecordCompression.ZLIB : TfRecordCompression.GZIP;
        for (String name : List.of(SliceFolder.TRAIN, SliceFolder.VALIDATION)) {
            int first = name.equals(SliceFolder.TRAIN) ? 0 : 100;
            int count = first == 0 ? 4 : 2;
            switch (way) {
                case "gz" -> write(folder.resolve(name + ".gz"), compression, Layout.INT64, first, count);
                case "gzip", "zlib" -> write(folder.resolve(name), compression, Layout.INT64, first, count);
                default -> {
                    for (int shard = 0; shard < 3; shard++) { // of one, the rest, and nothing
                        write(
                                folder.resolve("%s-%05d-of-00003".formatted(name, shard)),
                                TfRecordCompression.NONE,
                                Layout.INT64,
                                first + Math.min(shard, 1),
                                shard == 0 ? 1 : shard == 1 ? count - 1 : 0);
                    }
                }
            }
        }
        readByAll(folder.resolve(way.equals("pattern") ? "val_images*" : SliceFolder.VALIDATION), List.of(), true);
    }

    private void readByAll(Path records, List<String> options, boolean exact) throws IOException {
        Unet.Result inspected = Unet.run(with(options, "inspect", records));
        assertThat(inspected.code()).as(inspected.out() + inspected.err()).isZero();
        assertThat(inspected.out()).contains(" of 16 x 16 pixels").contains(exact ? "grey levels      33 … 2" : "grey");
        Path out = folder.resolve("out");
        Unet.Result predicted =
                Unet.run(with(options, "predict", "--model", model, "--device", "cpu", records, "--out", out));
        assertThat(predicted.code()).as(predicted.err()).isZero();
        assertThat(Files.readAllLines(out.resolve("predictions.csv"))).hasSize(3);
        if (exact) {
            assertThat(evaluate(records, options)).isEqualTo(scores);
            assertThat(Files.readString(
                            train(folder, folder.resolve("run"), options).resolve("metrics.csv")))
                    .isEqualTo(Files.readString(model.resolve("metrics.csv")));
        } else {
            assertThat(Json.parse(evaluate(records, options)).get("images").asInt())
                    .isEqualTo(2);
            train(folder, folder.resolve("run"), options);
        }
    }

    private static String evaluate(Path records, List<String> options) {
        Unet.Result r = Unet.run(with(options, "evaluate", "--model", model, "--device", "cpu", "--data", records));
        assertThat(r.code()).as(r.err()).isZero();
        return r.out();
    }

    private static Path train(Path data, Path run, List<String> options) {
        Unet.Result r = Unet.run(with(
                options,
                "train",
                "--data",
                data,
                "--out",
                run,
                "--device",
                "cpu",
                "--base",
                2,
                "--depth",
                1,
                "--epochs",
                1));
        assertThat(r.code()).as(r.err()).isZero();
        assertThat(r.out()).contains("report  ");
        return run;
    }

    private static Object[] with(List<String> options, Object... words) {
        List<Object> all = new ArrayList<>(List.of(words));
        all.addAll(options);
        return all.toArray();
    }
}
