package dev.aorta.unet.imaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aorta.data.Example;
import dev.aorta.io.FormatException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

class LabelledSliceTest {
    @Test
    void bothSchemasSurvive() throws Exception {
        LabelledSlice slice =
                new LabelledSlice("s", 2, 3, new int[] {0, 1, -2, 1800, 65535, 7}, new byte[] {0, 1, 0, 1, 1, 0});
        for (SliceSchema schema : SliceSchema.values()) {
            Example example = schema.encode(slice);
            assertThat(example.names()).contains(schema == SliceSchema.A ? "img_raw" : "image_raw");
            LabelledSlice back = LabelledSlice.parse(Example.parse(example.toByteArray()));
            assertThat(back.image()).isEqualTo(slice.image());
            assertThat(back.label()).isEqualTo(slice.label());
            assertThat(back.rows()).isEqualTo(2);
            assertThat(back.name()).isEqualTo(schema == SliceSchema.A ? "" : "s");
        }
    }

    @Test
    void greyLevelsOfAnyWidth() throws Exception {
        assertThat(LabelledSlice.parse(example(new byte[] {1, -1})).image()).containsExactly(1, 255);
        assertThat(LabelledSlice.parse(example(little(4)
                                .putShort((short) -5)
                                .putShort((short) 900)
                                .array()))
                        .image())
                .containsExactly(-5, 900);
        assertThat(LabelledSlice.parse(
                                example(little(8).putInt(-5).putInt(70000).array()))
                        .image())
                .containsExactly(-5, 70000);
        assertThat(LabelledSlice.parse(
                                example(little(16).putLong(-5).putLong(70000).array()))
                        .image())
                .containsExactly(-5, 70000);
    }

    @Test
    void sizesMustAgree() {
        assertThatThrownBy(() -> LabelledSlice.parse(example(new byte[3])))
                .isInstanceOf(FormatException.class)
                .hasMessageContaining("the image has 3 bytes; 1 rows x 2 columns of 1, 2, 4 or 8 bytes were expected");
        assertThatThrownBy(() -> LabelledSlice.parse(
                        example(little(16).putLong(1L << 40).putLong(0).array())))
                .hasMessageContaining("pixel 0 is 1099511627776");
        Example.Builder builder =
                Example.builder().ints("height", 1).ints("width", 2).bytes("img_raw", new byte[2]);
        assertThatThrownBy(() -> LabelledSlice.parse(
                        builder.bytes("label_raw", new byte[5]).build()))
                .hasMessageContaining("label_raw has 5 bytes, but 1 rows x 2 columns are 2");
        assertThatThrownBy(() ->
                        LabelledSlice.parse(builder.ints("height", 1L << 32).build()))
                .hasMessageContaining("height must be one number");
    }

    private static Example example(byte[] image) {
        return Example.builder()
                .bytes("label_raw", new byte[2])
                .bytes("image_raw", image)
                .text("comment", "nobody asked")
                .ints("width", 2)
                .ints("height", 1)
                .build();
    }

    private static ByteBuffer little(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
