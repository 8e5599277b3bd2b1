package dev.aorta.unet.imaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class OverlayTest {
    @Test
    void drawsTheExpertOutsideAndTheNetworkInsideTheBorder() throws Exception {
        byte[] mask = new byte[8 * 8];
        for (int row = 2; row < 6; row++) {
            Arrays.fill(mask, row * 8 + 2, row * 8 + 6, (byte) 1);
        }
        BufferedImage picture = picture(Overlay.png(8, 8, new float[64], mask, mask));
        assertThat(picture.getWidth()).isEqualTo(16);
        assertThat(row(picture, 3)).isEqualTo("....EEEEEEEE....");
        assertThat(row(picture, 4)).isEqualTo("...ENNNNNNNNE...");
        assertThat(row(picture, 8)).isEqualTo("...EN......NE...");
        assertThat(row(picture, 12)).isEqualTo("....EEEEEEEE....");
    }

    @Test
    void windowsFromTheFirstToTheLastPercentile() {
        float[] image = new float[1000];
        for (int i = 0; i < 500; i++) {
            image[i] = i + 1; // the other half is outside the field of view
        }
        float[] grey = Overlay.window(image);
        assertThat(grey[3]).isEqualTo(0);
        assertThat(grey[249]).isBetween(120f, 135f);
        assertThat(grey[496]).isEqualTo(255);
        assertThat(grey[999]).isEqualTo(0);
    }

    @Test
    void flatAndEmptyImagesAreBlack() throws Exception {
        assertThat(picture(Overlay.png(2, 2, new float[] {5, 5, 5, 5}, null, null))
                        .getRGB(1, 1))
                .isEqualTo(0xFF000000);
        assertThat(Overlay.window(new float[4])).containsOnly(0f);
    }

    private static BufferedImage picture(byte[] png) throws IOException {
        return ImageIO.read(new ByteArrayInputStream(png));
    }

    private static String row(BufferedImage picture, int y) {
        StringBuilder text = new StringBuilder();
        for (int x = 0; x < picture.getWidth(); x++) {
            int colour = picture.getRGB(x, y) & 0xFFFFFF;
            text.append(colour == Overlay.EXPERT ? 'E' : colour == Overlay.NETWORK ? 'N' : '.');
        }
        return text.toString();
    }
}
