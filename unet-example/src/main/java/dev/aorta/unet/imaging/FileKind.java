package dev.aorta.unet.imaging;

import dev.aorta.data.TfRecordException;
import dev.aorta.data.TfRecordReader;
import dev.aorta.io.FormatException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.zip.GZIPInputStream;

/** The kinds of files that the application reads, told apart by their contents. */
public enum FileKind {
    DICOM,
    PNG,
    NIFTI,
    NPY,
    TFRECORD,
    SAFETENSORS,
    ONNX;

    private static final int HEAD = 352;

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
        byte[] start = head(file);
        ByteBuffer head = ByteBuffer.wrap(start);
        if (head.remaining() > Long.BYTES && head.getLong(0) == PngFile.SIGNATURE) {
            return PNG;
        }
        if (DicomReader.isDicom(start)) {
            return DICOM;
        }
        if (Nifti.isNifti(start)) {
            return NIFTI;
        }
        if (GreyArray.isNpy(start)) {
            return NPY;
        }
        String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
        if (name.endsWith(".onnx")) {
            return ONNX;
        }
        boolean emptyShard = start.length == 0 && name.matches(".*-\\d{5}-of-\\d{5}.*");
        if (name.contains("tfrecord") || emptyShard || hasRecord(file)) {
            return TFRECORD;
        }
        // after TFRecord, whose checksum of the length stands where the brace is and may look like one
        long header = head.remaining() > Long.BYTES ? Long.reverseBytes(head.getLong(0)) : 0;
        if (header > 0 && header <= Files.size(file) - Long.BYTES && head.get(Long.BYTES) == '{') {
            return SAFETENSORS;
        }
        throw new FormatException(
                file + ": neither a DICOM, a PNG, a NIfTI, a NumPy, a TFRecord nor a safetensors file");
    }

    /** The first bytes of what is in a file, which may be compressed with gzip. */
    private static byte[] head(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] head = in.readNBytes(HEAD);
            boolean gzip = head.length > 2 && head[0] == 0x1F && head[1] == (byte) 0x8B;
            return gzip ? expanded(file, head) : head;
        }
    }

    /** The first bytes of a compressed file, or its own where they cannot be expanded. */
    private static byte[] expanded(Path file, byte[] head) {
        try (InputStream in = new GZIPInputStream(Files.newInputStream(file))) {
            return in.readNBytes(HEAD);
        } catch (IOException damaged) {
            return head;
        }
    }

    /** Whether it begins with the length of a record and the right checksum of that. */
    private static boolean hasRecord(Path file) throws IOException {
        try (TfRecordReader reader = TfRecordReader.open(file)) {
            return reader.hasRecord();
        } catch (TfRecordException e) {
            return false;
        }
    }
}
