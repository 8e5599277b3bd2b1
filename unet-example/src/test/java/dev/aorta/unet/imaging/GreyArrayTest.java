package dev.aorta.unet.imaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GreyArrayTest {
    @TempDir
    Path folder;

    /** A file as numpy.save writes it, of the numbers 0, 1, 2 … as they lie in it. */
    private Path write(String type, boolean fortran, String shape, int count) throws IOException {
        String header = "{'descr': '%s', 'fortran_order': %s, 'shape': %s, }"
                .formatted(type, fortran ? "True" : "False", shape);
        header += " ".repeat(63 - (10 + header.length()) % 64) + "\n";
        ByteBuffer out = ByteBuffer.allocate(10 + header.length() + 8 * count).order(ByteOrder.LITTLE_ENDIAN);
        out.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0}).putShort((short) header.length());
        out.put(header.getBytes(StandardCharsets.US_ASCII));
        out.order(type.startsWith(">") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < count; i++) {
            switch (type.substring(1)) {
                case "f2" -> out.putShort(Float.floatToFloat16(i));
                case "f4" -> out.putFloat(i);
                case "f8" -> out.putDouble(i);
                case "u1" -> out.put((byte) i);
                case "u2" -> out.putShort((short) (40000 + i));
                default -> throw new AssertionError(type);
            }
        }
        return Files.write(folder.resolve("a.npy"), java.util.Arrays.copyOf(out.array(), out.position()));
    }

    private static List<InputSlice> slices(Path file) throws IOException {
        List<InputSlice> slices = new ArrayList<>();
        InputSlice.read(file, null, slices::add);
        return slices;
    }

    @Test
    void everyTypeAndOrderIsRead() throws IOException {
        for (String type : List.of("<f2", ">f2", "<f4", ">f4", "<f8", ">f8", "|u1")) {
            assertThat(slices(write(type, false, "(2, 3)", 6)).getFirst().grey())
                    .as(type)
                    .containsExactly(0, 1, 2, 3, 4, 5);
        }
        assertThat(slices(write(">u2", false, "(2, 3)", 6)).getFirst().grey())
                .containsExactly(40000, 40001, 40002, 40003, 40004, 40005);
        InputSlice turned = slices(write("<f4", true, "(2, 3)", 6)).getFirst();
        assertThat(turned.grey()).as("column after column").containsExactly(0, 2, 4, 1, 3, 5);
        assertThat(turned.rows()).isEqualTo(2);
        List<InputSlice> stack = slices(write("<f4", false, "(2, 1, 3)", 6));
        assertThat(stack).extracting(InputSlice::name).containsExactly("a-00000", "a-00001");
        assertThat(stack.get(1).grey()).containsExactly(3, 4, 5);
        assertThat(slices(write("<f4", false, "(2, 3, 1)", 6))).hasSize(1);
    }

    @Test
    void whatIsNoStackOfSlicesIsRefused() throws IOException {
        for (String shape : List.of("(6,)", "(1, 2, 1, 3)", "()")) {
            Path file = write("<f4", false, shape, shape.equals("()") ? 1 : 6);
            assertThatThrownBy(() -> slices(file)).as(shape).hasMessageContaining(file + ": an array of shape");
        }
        Path none = write("<f4", false, "(0, 2, 3)", 0);
        assertThatThrownBy(() -> slices(none)).hasMessageContaining(none.toString());
        Path complex = write("<f4", false, "(2, 3)", 6);
        byte[] bytes = Files.readAllBytes(complex);
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putFloat(bytes.length - 4, Float.NaN);
        Files.write(complex, bytes);
        assertThatThrownBy(() -> slices(complex)).hasMessageContaining("element 5 is NaN, which is no grey level");
    }
}
