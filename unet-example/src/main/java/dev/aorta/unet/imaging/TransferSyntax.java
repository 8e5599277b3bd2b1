package dev.aorta.unet.imaging;

import java.util.Map;

/**
 * The identifiers of encodings and their names.
 *
 * @see <a href="https://dicom.nema.org/medical/dicom/current/output/chtml/part06/chapter_A.html">DICOM PS3.6, table A-1</a>
 */
final class TransferSyntax {
    static final String IMPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2";
    static final String EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1";
    static final String DEFLATED = "1.2.840.10008.1.2.1.99";
    static final String EXPLICIT_BIG_ENDIAN = "1.2.840.10008.1.2.2";
    static final String RLE = "1.2.840.10008.1.2.5";

    private static final Map<String, String> NAMES = Map.ofEntries(
            Map.entry(IMPLICIT_LITTLE_ENDIAN, "Implicit VR Little Endian"),
            Map.entry(EXPLICIT_LITTLE_ENDIAN, "Explicit VR Little Endian"),
            Map.entry(DEFLATED, "Deflated Explicit VR Little Endian"),
            Map.entry(EXPLICIT_BIG_ENDIAN, "Explicit VR Big Endian"),
            Map.entry(RLE, "RLE Lossless"),
            Map.entry("1.2.840.10008.1.2.4.50", "JPEG Baseline"),
            Map.entry("1.2.840.10008.1.2.4.51", "JPEG Extended"),
            Map.entry("1.2.840.10008.1.2.4.57", "JPEG Lossless"),
            Map.entry("1.2.840.10008.1.2.4.70", "JPEG Lossless, First-Order Prediction"),
            Map.entry("1.2.840.10008.1.2.4.80", "JPEG-LS Lossless"),
            Map.entry("1.2.840.10008.1.2.4.81", "JPEG-LS Near-Lossless"),
            Map.entry("1.2.840.10008.1.2.4.90", "JPEG 2000 Lossless"),
            Map.entry("1.2.840.10008.1.2.4.91", "JPEG 2000"),
            Map.entry("1.2.840.10008.1.2.4.92", "JPEG 2000 Part 2 Multi-component Lossless"),
            Map.entry("1.2.840.10008.1.2.4.93", "JPEG 2000 Part 2 Multi-component"),
            Map.entry("1.2.840.10008.1.2.4.94", "JPIP Referenced"),
            Map.entry("1.2.840.10008.1.2.4.95", "JPIP Referenced Deflate"),
            Map.entry("1.2.840.10008.1.2.4.100", "MPEG2 Main Profile"),
            Map.entry("1.2.840.10008.1.2.4.101", "MPEG2 Main Profile, High Level"),
            Map.entry("1.2.840.10008.1.2.4.102", "MPEG-4 AVC/H.264"),
            Map.entry("1.2.840.10008.1.2.4.103", "MPEG-4 AVC/H.264, BD-compatible"),
            Map.entry("1.2.840.10008.1.2.4.107", "HEVC/H.265 Main Profile"),
            Map.entry("1.2.840.10008.1.2.4.108", "HEVC/H.265 Main 10 Profile"),
            Map.entry("1.2.840.10008.1.2.4.110", "JPEG XL Lossless"),
            Map.entry("1.2.840.10008.1.2.4.111", "JPEG XL JPEG Recompression"),
            Map.entry("1.2.840.10008.1.2.4.112", "JPEG XL"),
            Map.entry("1.2.840.10008.1.2.4.201", "High-Throughput JPEG 2000 Lossless"),
            Map.entry("1.2.840.10008.1.2.4.202", "High-Throughput JPEG 2000 with RPCL Options Lossless"),
            Map.entry("1.2.840.10008.1.2.4.203", "High-Throughput JPEG 2000"),
            Map.entry("1.2.840.10008.1.2.8.1", "Deflated Image Frame Compression"),
            Map.entry("1.2.840.113619.5.2", "GE Private Implicit VR with Big Endian pixels"));

    private TransferSyntax() {}

    /** The name of a syntax, or that it is not a known one. */
    static String nameOf(String uid) {
        return NAMES.getOrDefault(uid, "unknown to this reader");
    }

    /** Whether pixels stand as they are. */
    static boolean isNative(String uid) {
        return uid.equals(IMPLICIT_LITTLE_ENDIAN)
                || uid.equals(EXPLICIT_LITTLE_ENDIAN)
                || uid.equals(DEFLATED)
                || uid.equals(EXPLICIT_BIG_ENDIAN);
    }
}
