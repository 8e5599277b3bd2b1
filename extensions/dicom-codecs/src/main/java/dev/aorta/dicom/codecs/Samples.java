package dev.aorta.dicom.codecs;

import dev.aorta.unet.imaging.DicomHeader;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;

/** The samples of one compressed picture. */
final class Samples {
    private Samples() {}

    /** Reads them with {@code reader}, which is disposed of. */
    static int[] read(ImageReader reader, byte[] frame, DicomHeader header) throws IOException {
        try (MemoryCacheImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(frame))) {
            reader.setInput(in, true, true);
            int columns = reader.getWidth(0);
            int rows = reader.getHeight(0);
            if (rows != header.rows() || columns != header.columns()) {
                throw new IOException("a picture of %d rows x %d columns, the header says %d x %d"
                        .formatted(rows, columns, header.rows(), header.columns()));
            }
            Raster raster = reader.canReadRaster()
                    ? reader.readRaster(0, null)
                    : reader.read(0).getRaster();
            if (raster.getNumBands() != 1) {
                throw new IOException(
                        "a picture of %d channels; one of grey levels was expected".formatted(raster.getNumBands()));
            }
            return raster.getSamples(0, 0, columns, rows, 0, (int[]) null);
        } finally {
            reader.dispose();
        }
    }
}
