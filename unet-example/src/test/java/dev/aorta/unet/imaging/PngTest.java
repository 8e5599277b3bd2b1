package dev.aorta.unet.imaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
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
        assertThat(read(Png.mask(1, 3, new byte[] {0, 1, 3})).pixels()).containsExactly(0, 255, 255);
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
        for (int length = 0; length < whole.length - 12; length++) {
            byte[] part = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> read(part)).as("%d bytes", length).isInstanceOf(IOException.class);
        }
    }

    private Png.Grey read(byte[] png) throws IOException {
        return Png.read(Files.write(folder.resolve("picture.png"), png));
    }
}
