package dev.aorta.dicom.codecs;

import com.github.jaiimageio.jpeg2000.impl.J2KImageReader;
import com.github.jaiimageio.jpeg2000.impl.J2KImageReaderSpi;
import dev.aorta.unet.imaging.DicomHeader;
import dev.aorta.unet.imaging.PixelCodec;
import java.io.IOException;
import jj2000.j2k.NotImplementedError;

/** JPEG 2000, lossless and lossy, decoded by JJ2000. */
public final class Jpeg2000 implements PixelCodec {
    @Override
    public boolean reads(String transferSyntax) {
        return transferSyntax.equals("1.2.840.10008.1.2.4.90") || transferSyntax.equals("1.2.840.10008.1.2.4.91");
    }

    @Override
    public int[] decode(byte[] frame, DicomHeader header) throws IOException {
        try {
            return Samples.read(new J2KImageReader(new J2KImageReaderSpi()), frame, header);
        } catch (NotImplementedError e) {
            throw new IOException("JPEG 2000 that is not decoded: " + e.getMessage(), e);
        }
    }
}
