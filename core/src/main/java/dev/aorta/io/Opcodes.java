package dev.aorta.io;

import java.util.Map;

/** Names of the opcodes that {@link Unpickler} refuses, for its errors. */
final class Opcodes {
    private static final Map<Integer, String> NAMES = Map.ofEntries(
            Map.entry((int) 'i', "INST"),
            Map.entry((int) 'o', "OBJ"),
            Map.entry(0x81, "NEWOBJ"),
            Map.entry(0x92, "NEWOBJ_EX"),
            Map.entry(0x82, "EXT1"),
            Map.entry(0x83, "EXT2"),
            Map.entry(0x84, "EXT4"),
            Map.entry((int) 'P', "PERSID"),
            Map.entry((int) 'I', "INT"),
            Map.entry((int) 'L', "LONG"),
            Map.entry(0x8b, "LONG4"),
            Map.entry((int) 'F', "FLOAT"),
            Map.entry((int) 'S', "STRING"),
            Map.entry((int) 'T', "BINSTRING"),
            Map.entry((int) 'U', "SHORT_BINSTRING"),
            Map.entry((int) 'V', "UNICODE"),
            Map.entry(0x8d, "BINUNICODE8"),
            Map.entry((int) 'B', "BINBYTES"),
            Map.entry((int) 'C', "SHORT_BINBYTES"),
            Map.entry(0x8e, "BINBYTES8"),
            Map.entry(0x96, "BYTEARRAY8"),
            Map.entry((int) 'l', "LIST"),
            Map.entry((int) 'd', "DICT"),
            Map.entry(0x8f, "EMPTY_SET"),
            Map.entry(0x90, "ADDITEMS"),
            Map.entry(0x91, "FROZENSET"),
            Map.entry((int) '0', "POP"),
            Map.entry((int) '1', "POP_MARK"),
            Map.entry((int) '2', "DUP"),
            Map.entry((int) 'g', "GET"),
            Map.entry((int) 'p', "PUT"));

    private Opcodes() {}

    /** For example {@code 0x81 (NEWOBJ)}. */
    static String describe(int opcode) {
        return String.format("0x%02x (%s)", opcode, NAMES.getOrDefault(opcode, "unknown"));
    }
}
