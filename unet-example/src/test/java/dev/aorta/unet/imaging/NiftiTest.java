package dev.aorta.unet.imaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aorta.io.FormatException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files as nibabel writes them (compared once by hand), and damaged ones. */
public class NiftiTest {
    @TempDir
    Path folder;

    /** A NIfTI-1 file of int16: voxel (i, j, k, t) is its number in the file; 1.25 mm rows, 1.5 mm columns, 8 mm slices, axes LPS. */
    public static byte[] volume(int columns, int rows, int slices, int times) {
        return volume(ByteOrder.LITTLE_ENDIAN, columns, rows, slices, times);
    }

    private static byte[] volume(ByteOrder order, int... extents) {
        int count = Arrays.stream(extents).reduce(1, (a, b) -> a * b);
        ByteBuffer file = ByteBuffer.allocate(352 + 2 * count).order(order);
        file.putInt(0, 348).putShort(40, (short) extents.length);
        for (int i = 0; i < extents.length; i++) {
            file.putShort(42 + 2 * i, (short) extents[i]);
        }
        file.putShort(70, (short) 4).putShort(72, (short) 16);
        file.putFloat(76, 1).putFloat(80, 1.5f).putFloat(84, 1.25f).putFloat(88, 8);
        file.putFloat(108, 352).put(123, (byte) 2);
        file.putShort(254, (short) 1).putFloat(280, -1.5f).putFloat(300, -1.25f).putFloat(320, 8);
        file.put(344, new byte[] {'n', '+', '1', 0});
        for (int i = 0; i < count; i++) {
            file.putShort(352 + 2 * i, (short) i);
        }
        return file.array();
    }

    private static byte[] second(byte[] first, int slope) {
        ByteBuffer in = ByteBuffer.wrap(first).order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer out = ByteBuffer.allocate(first.length - 352 + 544).order(ByteOrder.LITTLE_ENDIAN);
        out.putInt(0, 540).put(4, new byte[] {'n', '+', '2', 0, '\r', '\n', 0x1A, '\n'});
        out.putShort(12, (short) 4).putShort(14, (short) 16).putLong(16, in.getShort(40));
        for (int i = 0; i < 4; i++) {
            out.putLong(24 + 8 * i, in.getShort(42 + 2 * i)).putDouble(104 + 8 * i, in.getFloat(76 + 4 * i));
        }
        out.putLong(168, 544)
                .putDouble(176, slope)
                .putDouble(184, slope == 0 ? 0 : -1)
                .putInt(500, 2);
        out.put(544, first, 352, first.length - 352);
        return out.array();
    }

    @Test
    void readsBothVersionsAndByteOrders() throws Exception {
        for (byte[] file : new byte[][] {
            volume(3, 2, 4, 5),
            volume(ByteOrder.BIG_ENDIAN, 3, 2, 4, 5),
            gzip(volume(3, 2, 4, 5)),
            second(volume(3, 2, 4, 5), 0)
        }) {
            Nifti read = read(file);
            assertThat(new int[] {read.rows(), read.columns(), read.slices(), read.times()})
                    .containsExactly(2, 3, 4, 5);
            assertThat(read.slice(0, 0)).containsExactly(0, 1, 2, 3, 4, 5);
            assertThat(read.slice(3, 2)).containsExactly(66, 67, 68, 69, 70, 71);
            assertThat(read.spacing(0)).hasValue(1.5);
            assertThat(read.spacing(1)).hasValue(1.25);
            assertThat(read.spacing(2)).hasValue(8);
        }
        assertThat(read(volume(3, 2, 4, 5)).orientation()).isEqualTo("LPS");
        assertThat(read(second(volume(3, 2, 1, 1), 0)).orientation()).isEqualTo("unknown");
        assertThat(read(second(volume(3, 2, 1, 1), 10)).slice(0, 0)).containsExactly(-1, 9, 19, 29, 39, 49);
    }

    /** A rotation of 180° about x turns (R, A, S) to (R, P, I). */
    @Test
    void orientationOfAQuaternion() throws Exception {
        byte[] file = volume(3, 2, 1, 1);
        ByteBuffer.wrap(file)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putShort(254, (short) 0)
                .putShort(252, (short) 1)
                .putFloat(256, 1);
        assertThat(read(file).orientation()).isEqualTo("RPI");
        ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putFloat(76, -1);
        assertThat(read(file).orientation()).isEqualTo("RPS");
    }

    @Test
    void masksKeepTheGrid() throws Exception {
        byte[] classes = {0, 1, 2, 1, 0, 3, 0, 0, 1, 1, 2, 2};
        for (byte[] file : new byte[][] {volume(3, 2, 2, 1), second(volume(3, 2, 2, 1), 7)}) {
            Nifti original = read(file);
            Path mask = folder.resolve("mask.nii.gz");
            original.writeMask(mask, classes);
            Nifti back = Nifti.read(mask);
            assertThat(back.slice(1, 0)).containsExactly(0, 0, 1, 1, 2, 2);
            assertThat(back.spacing(1)).isEqualTo(original.spacing(1));
            assertThat(back.orientation()).isEqualTo(original.orientation());
        }
    }

    @Test
    void refusesWhatItCannotHold() throws IOException {
        byte[] large = volume(3, 2, 1, 1);
        ByteBuffer.wrap(large)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putShort(42, (short) 4096)
                .putShort(44, (short) 4096)
                .putShort(46, (short) 4096);
        assertThatThrownBy(() -> read(gzip(large))).hasMessageContaining("would take more than the 256 MiB");
        byte[] complex = volume(3, 2, 1, 1);
        complex[70] = 32;
        assertThatThrownBy(() -> read(complex)).hasMessageContaining("numbers of NIfTI's type 32 are not read");
        byte[] pair = volume(3, 2, 1, 1);
        pair[345] = 'i';
        assertThatThrownBy(() -> read(pair)).hasMessageContaining("a NIfTI file in two pieces");
    }

    @Test
    void damageIsNamed() throws IOException {
        byte[] whole = volume(3, 2, 2, 1);
        for (int length = 0; length < whole.length; length++) {
            byte[] part = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> read(part)).as("%d bytes", length).isInstanceOf(FormatException.class);
        }
        long seed = 20261128;
        Random random = new Random(seed);
        for (int trial = 0; trial < 2000; trial++) {
            byte[] mutated = trial % 2 == 0 ? whole.clone() : gzip(whole);
            for (int i = 1 + random.nextInt(3); i > 0; i--) {
                mutated[random.nextInt(mutated.length)] = (byte) random.nextInt(256);
            }
            try {
                read(mutated);
            } catch (FormatException e) {
                assertThat(e).hasMessageContaining("volume");
            } catch (RuntimeException e) {
                throw new AssertionError("seed %d, trial %d".formatted(seed, trial), e);
            }
        }
    }

    private Nifti read(byte[] file) throws IOException {
        return Nifti.read(Files.write(folder.resolve("volume"), file));
    }

    private static byte[] gzip(byte[] file) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(file);
        }
        return out.toByteArray();
    }
}
