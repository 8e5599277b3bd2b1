package dev.aorta.cuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Makes a shared library ask for another major version of a library that it was linked with.
 *
 * <p>JCublas 12.6 was linked with {@code libcublas.so.12}; a CUDA 13 machine has {@code libcublas.so.13} only, with the same
 * functions under the same names. The name stands once in the library's string table, where the "needed" entry and the
 * version requirement both point, and its hash stands in the version requirement. The new name must be as long as the old.
 *
 * @see <a href="https://refspecs.linuxfoundation.org/LSB_5.0.0/LSB-Core-generic/LSB-Core-generic/symversion.html">LSB: symbol
 *     versioning</a>
 */
final class ElfRetarget {
    private static final int DYNAMIC = 6;
    private static final int VERSION_NEEDED = 0x6ffffffe;

    private ElfRetarget() {}

    /**
     * A copy of a little-endian ELF64 library with one library name replaced.
     *
     * @throws IllegalArgumentException when the lengths differ, the file is no such library, or it does not need {@code from}
     */
    static byte[] retarget(byte[] library, String from, String to) {
        if (from.length() != to.length()) {
            throw new IllegalArgumentException("'" + to + "' must be as long as '" + from + "'");
        }
        byte[] out = library.clone();
        ByteBuffer elf = ByteBuffer.wrap(out).order(ByteOrder.LITTLE_ENDIAN);
        if (out.length < 64 || elf.getInt(0) != 0x464c457f || out[4] != 2 || out[5] != 1) {
            throw new IllegalArgumentException("not a little-endian ELF64 library");
        }
        boolean renamed = false;
        boolean rehashed = false;
        int sections = Short.toUnsignedInt(elf.getShort(60));
        for (int s = 0; s < sections; s++) {
            int header = Math.toIntExact(elf.getLong(40)) + s * Short.toUnsignedInt(elf.getShort(58));
            int type = elf.getInt(header + 4);
            int offset = Math.toIntExact(elf.getLong(header + 24));
            int size = Math.toIntExact(elf.getLong(header + 32));
            if (type == DYNAMIC) {
                int strings = Math.toIntExact(elf.getLong(40))
                        + elf.getInt(header + 40) * Short.toUnsignedInt(elf.getShort(58));
                renamed |= rename(elf, strings, from, to);
            } else if (type == VERSION_NEEDED) {
                rehashed |= rehash(elf, offset, size, from, to);
            }
        }
        if (!renamed || !rehashed) {
            throw new IllegalArgumentException("the library does not need '" + from + "'");
        }
        return out;
    }

    /** Replaces whole, zero-terminated strings of a string table. */
    private static boolean rename(ByteBuffer elf, int sectionHeader, String from, String to) {
        int at = Math.toIntExact(elf.getLong(sectionHeader + 24));
        int end = at + Math.toIntExact(elf.getLong(sectionHeader + 32));
        boolean found = false;
        for (int start = at; start < end; ) {
            int stop = start;
            while (elf.get(stop) != 0) {
                stop++;
            }
            if (new String(elf.array(), start, stop - start, StandardCharsets.US_ASCII).equals(from)) {
                elf.put(start, to.getBytes(StandardCharsets.US_ASCII));
                found = true;
            }
            start = stop + 1;
        }
        return found;
    }

    /** Replaces the hash of a version name, the first word of each 16-byte Vernaux; a Verneed starts with its version, 1. */
    private static boolean rehash(ByteBuffer elf, int offset, int size, String from, String to) {
        boolean found = false;
        for (int at = offset; at < offset + size; at += 16) {
            if (elf.getInt(at) == hash(from)) {
                elf.putInt(at, hash(to));
                found = true;
            }
        }
        return found;
    }

    /** The hash function of the System V ABI. */
    static int hash(String name) {
        int h = 0;
        for (int i = 0; i < name.length(); i++) {
            h = (h << 4) + name.charAt(i);
            int high = h & 0xf0000000;
            h = (h ^ (high >>> 24)) & ~high;
        }
        return h;
    }
}
