package dev.aorta.dicom.codecs;

import com.twelvemonkeys.imageio.plugins.jpeg.JPEGImageReaderSpi;
import dev.aorta.unet.imaging.DicomHeader;
import dev.aorta.unet.imaging.PixelCodec;
import java.io.IOException;
import javax.imageio.spi.IIORegistry;

/** JPEG Lossless, processes 14 and 14 with first-order prediction, decoded by TwelveMonkeys. */
public final class JpegLossless implements PixelCodec {
    private static final JPEGImageReaderSpi DECODER = new JPEGImageReaderSpi();

    static {
        IIORegistry.getDefaultInstance().registerServiceProvider(DECODER); // where it finds the decoder of the JDK
    }

    @Override
    public boolean reads(String transferSyntax) {
        return transferSyntax.equals("1.2.840.10008.1.2.4.57") || transferSyntax.equals("1.2.840.10008.1.2.4.70");
    }

    @Override
    public int[] decode(byte[] frame, DicomHeader header) throws IOException {
        return Samples.read(DECODER.createReaderInstance(null), frame, header);
    }
}
