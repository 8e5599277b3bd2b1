package dev.aorta.unet.imaging;

import static org.assertj.core.api.Assertions.assertThat;

import ij.ImagePlus;
import ij.plugin.DICOM;
import ij.process.ImageProcessor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Every real image as ImageJ reads it. */
class DicomPeerTest {
    @Test
    void readsRealImagesAsImageJDoes() throws Exception {
        List<Path> files;
        try (var all = Files.walk(RealPatients.folder())) {
            files = all.filter(f -> f.toString().endsWith(".dcm")).toList();
        }
        assertThat(files).isNotEmpty();
        for (Path file : files) {
            DicomImage ours = DicomReader.read(file);
            DICOM peer = new DICOM();
            peer.open(file.toString());
            assertThat(ours.pixels()).as("%s", file).isEqualTo(pixels(peer));
            assertThat(ours.header().rowSpacing())
                    .as("%s", file)
                    .hasValueCloseTo(peer.getCalibration().pixelHeight, org.assertj.core.data.Offset.offset(1e-9));
        }
    }

    /** Stored values: ImageJ keeps signed pixels with 32,768 added. */
    private static int[] pixels(ImagePlus peer) {
        ImageProcessor processor = peer.getProcessor();
        int[] pixels = new int[peer.getWidth() * peer.getHeight()];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (int) peer.getCalibration().getCValue(processor.get(i));
        }
        return pixels;
    }
}
