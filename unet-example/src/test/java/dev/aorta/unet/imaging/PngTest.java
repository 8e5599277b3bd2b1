package dev.aorta.unet.imaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PngTest {
    @TempDir
    private Path folder;

    @Test
    void greyLevelsSurvive() throws Exception {
        int[] eight = {0, 1, 127, 128, 254, 255};
        int[] sixteen = {0, 1, 255, 256, 32768, 65535};
        assertThat(read(Png.grey8(2, 3, eight)).pixels()).isEqualTo(eight);
        Png.Grey back = read(Png.grey16(3, 2, sixteen));
        assertThat(back.pixels()).isEqualTo(sixteen);
        assertThat(back.rows()).isEqualTo(3);
        assertThat(back.columns()).isEqualTo(2);
    }

    @Test
    void masksAreBlackAndWhite() throws Exception {
        assertThat(read(Png.mask(1, 3, new byte[] {0, 1, 1}, 2)).pixels()).containsExactly(0, 255, 255);
    }

    @Test
    void masksOfMoreClassesAreColouredAndKeepTheirNumbers() throws Exception {
        byte[] png = Png.mask(1, 4, new byte[] {3, 0, 2, 1}, 4);
        assertThat(Png.decode(png, true).pixels()).containsExactly(3, 0, 2, 1);
        BufferedImage seen = ImageIO.read(new ByteArrayInputStream(png));
        assertThat(seen.getRGB(1, 0) & 0xFFFFFF).isZero();
        assertThat(IntStream.range(0, 4).map(x -> seen.getRGB(x, 0)).distinct().count())
                .isEqualTo(4);
        assertThatThrownBy(() -> read(png)).hasMessageContaining("a colour image; only grey levels are read");
    }

    @Test
    void refusesWhatItCannotHold() {
        assertThatThrownBy(() -> Png.grey8(1, 1, new int[] {256})).hasMessage("pixel value 256 is not in 0 … 255");
        assertThatThrownBy(() -> read(Png.colour(1, 1, new int[] {0xFF0000})))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("picture.png: not a PNG file that can be read: a colour");
        assertThatThrownBy(() -> read(new byte[] {1, 2, 3}))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("not a PNG file");
    }

    @Test
    void truncationIsAnError() {
        byte[] whole = Png.grey8(16, 16, new int[256]);
        for (int length = 0; length < whole.length; length++) {
            byte[] part = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> read(part)).as("%d bytes", length).isInstanceOf(IOException.class);
        }
    }

    /** A flipped bit is found by the checksum of its chunk, where there used to be a wrong picture. */
    @Test
    void everyFlippedBitIsFound() {
        int[] pixels = new int[64];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = 37 * i % 256;
        }
        byte[] whole = Png.grey8(8, 8, pixels);
        for (int bit = 0; bit < 8 * whole.length; bit++) {
            byte[] flipped = whole.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            assertThatThrownBy(() -> read(flipped)).as("bit %d", bit).isInstanceOf(IOException.class);
        }
    }

    /** 26 s before texts were passed over. */
    @Test
    void textsCostNothing() throws Exception {
        byte[] whole = Png.grey8(1, 1, new int[] {7});
        ByteArrayOutputStream many = new ByteArrayOutputStream();
        many.write(whole, 0, 33);
        CRC32 crc = new CRC32();
        byte[] text = {'t', 'E', 'X', 't', 'a', 0};
        crc.update(text);
        byte[] chunk = ByteBuffer.allocate(14)
                .putInt(2)
                .put(text)
                .putInt((int) crc.getValue())
                .array();
        for (int i = 0; i < 300_000; i++) {
            many.writeBytes(chunk);
        }
        many.write(whole, 33, whole.length - 33);
        long start = System.nanoTime();
        assertThat(read(many.toByteArray()).pixels()).containsExactly(7);
        assertThat(System.nanoTime() - start).isLessThan(5_000_000_000L);
    }

    private Png.Grey read(byte[] png) throws IOException {
        return Png.read(Files.write(folder.resolve("picture.png"), png));
    }
}
