package dev.aorta.dicom.codecs;

import com.twelvemonkeys.imageio.plugins.jpeg.JPEGImageReaderSpi;
import dev.aorta.unet.imaging.DicomHeader;
import dev.aorta.unet.imaging.PixelCodec;
import java.io.IOException;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;

/** JPEG Lossless, processes 14 and 14 with first-order prediction, decoded by TwelveMonkeys. */
public final class JpegLossless implements PixelCodec {
    @Override
    public boolean reads(String transferSyntax) {
        return transferSyntax.equals("1.2.840.10008.1.2.4.57") || transferSyntax.equals("1.2.840.10008.1.2.4.70");
    }

    @Override
    public int[] decode(byte[] frame, DicomHeader header) throws IOException {
        for (Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName("jpeg"); readers.hasNext(); ) {
            ImageReader reader = readers.next();
            if (reader.getOriginatingProvider() instanceof JPEGImageReaderSpi) {
                return Samples.read(reader, frame, header);
            }
        }
        throw new IOException("the decoder of TwelveMonkeys is not registered; is imageio-jpeg on the class path?");
    }
}
