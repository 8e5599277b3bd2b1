package dev.aorta.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.aorta.Shape;
import dev.aorta.io.FormatException;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Data sets of arrays and of files, against files made here byte by byte. */
class DatasetsTest {
    @TempDir
    Path folder;

    // ---- arrays

    @Test
    void arraysBecomeSamples() {
        InMemoryDataset data = InMemoryDataset.of(new float[][] {{1, 2, 3, 4}, {5, 6, 7, 8}}, new int[] {1, 0})
                .withInputShape(2, 2, 1);
        float[] input = new float[4];
        float[] label = new float[1];
        data.read(1, input, label);
        assertThat(data.size()).isEqualTo(2);
        assertThat(data.inputShape()).isEqualTo(Shape.of(2, 2, 1));
        assertThat(data.labelShape()).isEqualTo(Shape.SCALAR);
        assertThat(input).containsExactly(5, 6, 7, 8);
        assertThat(label).containsExactly(0);
        assertThat(InMemoryDataset.of(new float[][] {{1}, {2}}, new double[] {0.5, 1.5})
                        .labelShape())
                .isEqualTo(Shape.of(1));
        assertThat(InMemoryDataset.of(new float[][] {{1}, {2}}, new float[][] {{1, 2}, {3, 4}})
                        .labelShape())
                .isEqualTo(Shape.of(2));
    }

    @Test
    void partsHaveEachSampleOnce() {
        float[][] inputs = new float[50][1];
        int[] classes = new int[50];
        for (int i = 0; i < 50; i++) {
            inputs[i][0] = i;
            classes[i] = i;
        }
        InMemoryDataset.Split parts = InMemoryDataset.of(inputs, classes).split(0.8, 7);
        assertThat(parts.first().size()).isEqualTo(40);
        float[] all = Arrays.copyOf(parts.first().inputs().array(), 50);
        System.arraycopy(parts.second().inputs().array(), 0, all, 40, 10);
        assertThat(parts.first().labels().array())
                .isEqualTo(parts.first().inputs().array());
        assertThat(all)
                .doesNotHaveDuplicates()
                .isNotEqualTo(parts.first().inputs().array());
        assertThat(parts).isNotEqualTo(InMemoryDataset.of(inputs, classes).split(0.8, 8));
        assertThatThrownBy(() -> InMemoryDataset.of(inputs, classes).split(0.001, 7))
                .hasMessage("[data] a share of 0.001 of 50 samples leaves a part empty");
    }

    @Test
    void columnsAreStandardised() {
        Values table = new Values(new float[] {1, 10, 3, 10, 5, 10}, Shape.of(3, 2));
        Standardization by = Standardization.of(table);
        float[] z = by.apply(table).array();
        float d = (float) Math.sqrt(8 / 3.0);
        assertThat(z).containsExactly(new float[] {-2 / d, 0, 0, 0, 2 / d, 0}, within(1e-6f));
        assertThat(by.invert(by.apply(table)).array()).containsExactly(table.array(), within(1e-5f));
        assertThat(by.of(new float[] {3, 11}).array()).containsExactly(0, 1);
        assertThatThrownBy(() -> by.of(new float[3])).hasMessageContaining("those that were measured had 2");
    }

    // ---- NumPy

    private static byte[] npy(String descr, boolean fortran, String shape, ByteBuffer data) {
        String header = "{'descr': '" + descr + "', 'fortran_order': " + (fortran ? "True" : "False") + ", 'shape': "
                + shape + ", }\n";
        ByteBuffer bytes =
                ByteBuffer.allocate(10 + header.length() + data.limit()).order(ByteOrder.LITTLE_ENDIAN);
        bytes.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0}).putShort((short) header.length());
        return bytes.put(header.getBytes(StandardCharsets.US_ASCII))
                .put(data.rewind())
                .array();
    }

    private static ByteBuffer numbers(String descr, int count) {
        ByteBuffer b = ByteBuffer.allocate(count * (descr.charAt(2) - '0'))
                .order(descr.charAt(0) == '>' ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
        for (int i = 1; i <= count; i++) {
            switch (descr.substring(1)) {
                case "f2" -> b.putShort(Float.floatToFloat16(i));
                case "f4" -> b.putFloat(i);
                case "f8" -> b.putDouble(i);
                case "i1", "u1", "b1" -> b.put((byte) i);
                case "i2", "u2" -> b.putShort((short) i);
                case "i4", "u4" -> b.putInt(i);
                default -> b.putLong(i);
            }
        }
        return b;
    }

    @ParameterizedTest
    @ValueSource(strings = {"<f4", ">f4", "<f8", "<f2", "|i1", "|u1", "|b1", "<i2", "<u2", ">i4", "<u4", "<i8"})
    void arraysOfNumPyAreRead(String descr) throws IOException {
        Path file = Files.write(folder.resolve("a.npy"), npy(descr, false, "(2, 3)", numbers(descr, 6)));
        Values values = Npy.read(file);
        assertThat(values.shape()).isEqualTo(Shape.of(2, 3));
        assertThat(values.array()).containsExactly(1, 2, 3, 4, 5, 6);
    }

    @Test
    void columnMajorArraysAreTurned() throws IOException {
        Path file = Files.write(folder.resolve("a.npy"), npy("<f4", true, "(2, 3)", numbers("<f4", 6)));
        assertThat(Npy.read(file).array()).containsExactly(1, 3, 5, 2, 4, 6);
    }

    @Test
    void unsignedNumbersStayPositive() throws IOException {
        ByteBuffer b = ByteBuffer.wrap(new byte[] {-1, -128});
        assertThat(Npy.read(Files.write(folder.resolve("a.npy"), npy("|u1", false, "(2,)", b)))
                        .array())
                .containsExactly(255, 128);
        assertThat(Npy.read(Files.write(folder.resolve("b.npy"), npy("|i1", false, "(2,)", b)))
                        .array())
                .containsExactly(-1, -128);
    }

    @Test
    void whatIsWrittenIsRead() throws IOException {
        for (int[] dims : new int[][] {{7}, {2, 3, 4}, {50_000}}) {
            Shape shape = Shape.of(dims);
            float[] x = new float[shape.size()];
            for (int i = 0; i < x.length; i++) {
                x[i] = i * 0.1f - 3;
            }
            Path file = folder.resolve("w.npy");
            Npy.write(file, new Values(x, shape));
            assertThat(Npy.read(file).array()).isEqualTo(x);
            assertThat(Npy.read(file).shape()).isEqualTo(shape);
            assertThat((Files.size(file) - x.length * 4L) % 64)
                    .as("the data begins at a multiple of 64")
                    .isZero();
        }
    }

    @Test
    void archivesHoldNamedArrays() throws IOException {
        Path file = folder.resolve("a.npz");
        try (var zip = new ZipOutputStream(Files.newOutputStream(file))) {
            for (String name : new String[] {"x", "y"}) {
                zip.putNextEntry(new ZipEntry(name + ".npy"));
                zip.write(
                        npy("<f4", false, name.equals("x") ? "(2,)" : "()", numbers("<f4", name.equals("x") ? 2 : 1)));
            }
        }
        assertThat(Npy.readArchive(file).keySet()).containsExactly("x", "y");
        assertThat(Npy.readArchive(file))
                .hasEntrySatisfying("y", y -> assertThat(y.shape()).isEqualTo(Shape.SCALAR));
        Path none = Files.writeString(folder.resolve("none.npz"), "none");
        assertThatThrownBy(() -> Npy.readArchive(none))
                .hasMessage(none + ": is no .npz archive, or one without arrays");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "<f4;(2, 4);[2, 4] of type f4 takes 32 bytes, and 24 follow the header at offset",
                "<c8;(3,);does not describe an array of real numbers",
                "|O8;(3,);does not describe an array of real numbers",
                "<f4;(0,);the shape (0,) cannot be",
                "<f4;(99999999999,);the shape (99999999999,) cannot be"
            })
    void wrongArraysAreNamed(String descr, String shape, String message) throws IOException {
        Path file = Files.write(folder.resolve("a.npy"), npy(descr, false, shape, numbers("<f4", 6)));
        assertThatThrownBy(() -> Npy.read(file))
                .isInstanceOf(FormatException.class)
                .hasMessageStartingWith(file + ": ")
                .hasMessageContaining(message);
    }

    /** Every byte of the header changed, and every length: an answer or a FormatException, nothing else. */
    @Test
    void brokenArraysAreRefused() throws IOException {
        byte[] good = npy("<f4", false, "(2, 3)", numbers("<f4", 6));
        Path file = folder.resolve("a.npy");
        for (int i = 0; i < good.length; i++) {
            byte[] changed = good.clone();
            changed[i] ^= 0x11;
            readOrRefuse(Files.write(file, changed));
            readOrRefuse(Files.write(file, Arrays.copyOf(good, i)));
        }
    }

    private static void readOrRefuse(Path file) throws IOException {
        try {
            Npy.read(file);
        } catch (FormatException refused) {
            assertThat(refused).hasMessageStartingWith(file.toString());
        }
    }

    // ---- IDX

    private static byte[] idx(int type, int[] dims, byte[] data) throws IOException {
        var bytes = new ByteArrayOutputStream();
        var out = new DataOutputStream(bytes);
        out.write(new byte[] {0, 0, (byte) type, (byte) dims.length});
        for (int dim : dims) {
            out.writeInt(dim);
        }
        out.write(data);
        return bytes.toByteArray();
    }

    @Test
    void imagesOfMnistAreRead() throws IOException {
        byte[] pixels = {0, (byte) 255, 51, 102, 1, 2, 3, 4};
        Path images = folder.resolve("images.gz");
        try (var out = new GZIPOutputStream(Files.newOutputStream(images))) {
            out.write(idx(0x08, new int[] {2, 2, 2}, pixels));
        }
        Path labels = Files.write(folder.resolve("labels"), idx(0x08, new int[] {2}, new byte[] {7, 9}));
        InMemoryDataset data = Idx.images(images, labels);
        assertThat(data.inputShape()).isEqualTo(Shape.of(2, 2, 1));
        assertThat(data.inputs().array()).startsWith(0, 1, 51 * (1 / 255f), 102 * (1 / 255f));
        assertThat(data.labels().array()).containsExactly(7, 9);
    }

    @Test
    void idxHasOtherNumbersToo() throws IOException {
        byte[] two = {0, 2};
        assertThat(Idx.read(Files.write(folder.resolve("a"), idx(0x0b, new int[] {1}, two)))
                        .array())
                .containsExactly(2);
        byte[] pi = ByteBuffer.allocate(8).putDouble(Math.PI).array();
        assertThat(Idx.read(Files.write(folder.resolve("a"), idx(0x0e, new int[] {1}, pi)))
                        .array())
                .containsExactly((float) Math.PI);
        Path cut = Files.write(folder.resolve("cut"), idx(0x08, new int[] {2, 2}, new byte[3]));
        assertThatThrownBy(() -> Idx.read(cut))
                .hasMessage(cut + ": [2, 2] takes 4 bytes, and 3 follow the header; the file may be cut off");
        Path text = Files.writeString(folder.resolve("text"), "no numbers");
        assertThatThrownBy(() -> Idx.read(text)).hasMessageContaining("does not begin with two zero bytes");
        Path huge = Files.write(folder.resolve("huge"), idx(0x08, new int[] {1 << 30, 1 << 30}, new byte[3]));
        assertThatThrownBy(() -> Idx.read(huge)).isInstanceOf(FormatException.class);
    }

    // ---- CSV

    @Test
    void tablesAreRead() throws IOException {
        Path file = Files.writeString(
                folder.resolve("t.csv"),
                "\ufeffname,\"size, in m\",kind\r\n\"a \"\"quoted\"\" one\",1.5,cat\r\nb,-2e1,\"a dog\r\nof two lines\"\r\n\r\nc, 3 ,cat");
        CsvTable table = CsvTable.read(file, ',');
        assertThat(table.columns()).containsExactly("name", "size, in m", "kind");
        assertThat(table.texts("name")).containsExactly("a \"quoted\" one", "b", "c");
        assertThat(table.numbers("size, in m")).containsExactly(1.5f, -20, 3);
        assertThat(table.classes("kind")).containsExactly("a dog\r\nof two lines", "cat");
        assertThatThrownBy(() -> table.classification("kind"))
                .hasMessage(file
                        + ", line 2: 'a \"quoted\" one' in column 'name' is no number; texts are classes, of a label"
                        + " alone");
    }

    @Test
    void tablesBecomeDataSets() throws IOException {
        Path file = Files.writeString(folder.resolve("t.csv"), "a;kind;b\n1;x;2\n3;w;4\n5;x;6\n");
        InMemoryDataset data = CsvTable.read(file, ';').classification("kind");
        assertThat(data.inputs().array()).containsExactly(1, 2, 3, 4, 5, 6);
        assertThat(data.labels().array()).containsExactly(1, 0, 1);
        assertThat(CsvTable.read(Files.writeString(file, "a,b\n1,2\n"), ',')
                        .regression("a")
                        .labelShape())
                .isEqualTo(Shape.of(1));
    }

    @Test
    void wrongTablesAreNamed() throws IOException {
        assertTableRefused("", ": is empty; the first line must name the columns");
        assertTableRefused("a,b\n", ": there is no row behind the names of the columns");
        assertTableRefused("a,a\n1,2\n", ": two columns have one name in [a, a]");
        assertTableRefused(
                "a,b\n1,2\n3\n", ", line 3: 1 fields where the first line names 2 columns; is ',' the separator?");
    }

    private void assertTableRefused(String text, String message) throws IOException {
        Path file = Files.writeString(folder.resolve("t.csv"), text);
        assertThatThrownBy(() -> CsvTable.read(file, ','))
                .isInstanceOf(FormatException.class)
                .hasMessage(file + message);
    }

    @Test
    void aQuoteThatDoesNotEndIsNamed() throws IOException {
        Path file = Files.writeString(folder.resolve("t.csv"), "a,b\n1,\"2\n3,4\n");
        assertThatThrownBy(() -> CsvTable.read(file, ','))
                .hasMessage(file + ", line 2: a quote that begins here does not end");
    }

    // ---- JSON lines

    @Test
    void linesOfJsonAreRead() throws IOException {
        Path file = Files.writeString(folder.resolve("d.jsonl"), """
                {"x": [[1, 2], [3, 4.5]], "digit": 3, "who": "me"}

                {"digit": 1, "x": [[-1, 2e1], [0, 0]]}
                """);
        InMemoryDataset data = JsonLines.read(file, "x", "digit");
        assertThat(data.inputShape()).isEqualTo(Shape.of(2, 2));
        assertThat(data.inputs().array()).containsExactly(1, 2, 3, 4.5f, -1, 20, 0, 0);
        assertThat(data.labels().array()).containsExactly(3, 1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"x\": [1]}|line 2: JSON object has no 'y', only [x]",
                "{\"x\": [1, 2], \"y\": 0}|line 2: an array of 2 elements where that of the first sample has 1, of shape [1]",
                "{\"x\": 1, \"y\": 0}|line 2: JSON has 1 where an array must be",
                "{\"x\": [\"a\"], \"y\": 0}|line 2: JSON has \"a\" where a number must be",
                "{\"x\": [|line 2: JSON at line 1, column 8: a value expected"
            })
    void wrongLinesAreNamed(String line, String message) throws IOException {
        Path file = Files.writeString(folder.resolve("d.jsonl"), "{\"x\": [1], \"y\": 0}\n" + line + "\n");
        assertThatThrownBy(() -> JsonLines.read(file, "x", "y")).hasMessage(file + ", " + message);
    }

    // ---- images

    @Test
    void foldersOfImagesAreRead() throws IOException {
        for (String kind : new String[] {"red", "blue"}) {
            Path sub = Files.createDirectories(folder.resolve("images").resolve(kind));
            BufferedImage image = new BufferedImage(8, 6, BufferedImage.TYPE_INT_RGB);
            for (int i = 0; i < 48; i++) {
                image.setRGB(i % 8, i / 8, kind.equals("red") ? 0xff0000 : 0x0000ff);
            }
            ImageIO.write(image, "png", sub.resolve("1.png").toFile());
            Files.writeString(sub.resolve("notes.txt"), "none");
        }
        ImageFolder data = new ImageFolder(folder.resolve("images"), 3, 4, 3);
        float[] input = new float[36];
        float[] label = new float[1];
        assertThat(data.classes()).containsExactly("blue", "red");
        assertThat(data.size()).isEqualTo(2);
        data.read(1, input, label);
        assertThat(label).containsExactly(1);
        assertThat(input).startsWith(1, 0, 0, 1, 0, 0);
        float[] grey = new float[12];
        new ImageFolder(folder.resolve("images"), 3, 4, 1).read(0, grey, label);
        assertThat(grey).containsOnly(0.114f);
    }

    @Test
    void whatIsNoImageIsNamed() throws IOException {
        Path file = Files.createDirectories(folder.resolve("images/a")).resolve("x.png");
        Files.writeString(file, "no image");
        ImageFolder data = new ImageFolder(folder.resolve("images"), 3, 4, 1);
        assertThatThrownBy(() -> data.read(0, new float[12], new float[1]))
                .hasMessage(file + ": is no image that Java reads");
        Path empty = Files.createDirectories(folder.resolve("empty"));
        assertThatThrownBy(() -> new ImageFolder(empty, 3, 4, 1))
                .isInstanceOf(FormatException.class)
                .hasMessageStartingWith(empty + ": there is no folder with images");
        assertThatThrownBy(() -> new ImageFolder(empty, 3, 4, 2)).hasMessageContaining("there are 1 or 3 channels");
    }
}
