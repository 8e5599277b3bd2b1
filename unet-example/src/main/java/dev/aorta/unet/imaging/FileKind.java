package dev.aorta.unet.imaging;

import dev.aorta.data.TfRecordCompression;
import dev.aorta.data.TfRecordException;
import dev.aorta.data.TfRecordReader;
import dev.aorta.io.FormatException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;

/** The kinds of files that the application reads, told apart by their contents. */
public enum FileKind {
    DICOM,
    PNG,
    TFRECORD,
    SAFETENSORS,
    ONNX;

    private static final int DICOM_PREAMBLE = 128;
    private static final long PNG_SIGNATURE = 0x89504E470D0A1A0AL;

    /**
     * The kind of a file. A file that is called a TFRecord or an ONNX file counts as one even if it is damaged.
     *
     * @throws FormatException if it is none of them
     */
    public static FileKind of(Path file) throws IOException {
        if (!Files.exists(file)) {
            throw new NoSuchFileException(file.toString());
        }
        if (!Files.isRegularFile(file)) {
            throw new FormatException(file + ": not a file; name the files one by one");
        }
        ByteBuffer head = head(file);
        if (head.remaining() == DICOM_PREAMBLE + 4 && head.getInt(DICOM_PREAMBLE) == ascii("DICM")) {
            return DICOM;
        }
        if (head.remaining() > Long.BYTES && head.getLong(0) == PNG_SIGNATURE) {
            return PNG;
        }
        String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
        if (name.endsWith(".onnx")) {
            return ONNX;
        }
        if (name.contains("tfrecord") || hasRecord(file)) {
            return TFRECORD;
        }
        // after TFRecord, whose checksum of the length stands where the brace is and may look like one
        long header = head.remaining() > Long.BYTES ? Long.reverseBytes(head.getLong(0)) : 0;
        if (header > 0 && header <= Files.size(file) - Long.BYTES && head.get(Long.BYTES) == '{') {
            return SAFETENSORS;
        }
        throw new FormatException(file + ": neither a DICOM, a PNG, a TFRecord nor a safetensors file");
    }

    private static ByteBuffer head(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return ByteBuffer.wrap(in.readNBytes(DICOM_PREAMBLE + 4)).order(ByteOrder.BIG_ENDIAN);
        }
    }

    private static int ascii(String fourLetters) {
        return ByteBuffer.wrap(fourLetters.getBytes(StandardCharsets.US_ASCII)).getInt();
    }

    private static boolean hasRecord(Path file) throws IOException {
        TfRecordReader.Options options = TfRecordReader.Options.of(TfRecordCompression.detect(file));
        try (TfRecordReader reader = TfRecordReader.open(file, options.skippingCorrupt())) {
            return reader.next() != null;
        } catch (TfRecordException e) {
            return false;
        }
    }
}
