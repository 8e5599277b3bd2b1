package dev.aorta.examples;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.CheckedOutputStream;
import java.util.zip.DeflaterOutputStream;

/** Writes a grey PNG: this module has no ImageIO. */
final class GreyPng {
    private GreyPng() {}

    static void write(OutputStream out, byte[][] rows) throws IOException {
        var data = new DataOutputStream(out);
        data.writeLong(0x89504E470D0A1A0AL);
        var header = new ByteArrayOutputStream();
        var fields = new DataOutputStream(header);
        fields.writeInt(rows[0].length);
        fields.writeInt(rows.length);
        fields.write(new byte[] {8, 0, 0, 0, 0}); // 8 bits, grey, not interlaced
        chunk(data, "IHDR", header);
        var pixels = new ByteArrayOutputStream();
        try (var deflated = new DeflaterOutputStream(pixels)) {
            for (byte[] row : rows) {
                deflated.write(0); // no filter
                deflated.write(row);
            }
        }
        chunk(data, "IDAT", pixels);
        chunk(data, "IEND", new ByteArrayOutputStream());
    }

    private static void chunk(DataOutputStream out, String type, ByteArrayOutputStream content) throws IOException {
        out.writeInt(content.size());
        var checked = new CheckedOutputStream(out, new CRC32());
        checked.write(type.getBytes(StandardCharsets.US_ASCII));
        content.writeTo(checked);
        out.writeInt((int) checked.getChecksum().getValue());
    }
}
