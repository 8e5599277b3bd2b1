package dev.aorta.unet.imaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContourTest {
    @TempDir
    private Path folder;

    @Test
    void readsPoints() throws Exception {
        assertThat(read("1.50 2.25\n 3 4 \n\n5\t6.75\n").points())
                .isEqualTo(List.of(new Contour.Point(1.5, 2.25), new Contour.Point(3, 4), new Contour.Point(5, 6.75)));
    }

    @Test
    void namesTheLineThatIsNoPoint() {
        assertFails("1 2\n3 4\nfive 6\n7 8\n", "line 3: 'five 6' is not a point");
        assertFails("1 2\n3\n4 5\n7 8\n", "line 2: '3' is not a point");
        assertFails("1 2\n3 4 5\n4 5\n7 8\n", "line 2: '3 4 5' is not a point");
        assertFails("1 2\n3 NaN\n4 5\n7 8\n", "line 2: '3 NaN' is not a point");
        assertFails("1 2\n3 4\n1e9 5\n", "line 3: '1e9 5' is not a point");
        assertFails("1 2\n3 4\n", "2 points; a contour has at least 3");
    }

    @Test
    void maskTruncatesCoordinatesAndHoldsTheBoundary() {
        Contour square = new Contour(List.of(
                new Contour.Point(1.9, 1.9),
                new Contour.Point(3.9, 1.2),
                new Contour.Point(3.1, 3.9),
                new Contour.Point(1.5, 3.5)));
        assertThat(square.mask(5, 5))
                .containsExactly(0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 1, 1, 1, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0);
    }

    private Contour read(String text) throws IOException {
        return Contour.read(Files.writeString(folder.resolve("contour.txt"), text));
    }

    private void assertFails(String text, String message) {
        assertThatThrownBy(() -> read(text))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("contour.txt")
                .hasMessageContaining(message);
    }
}
