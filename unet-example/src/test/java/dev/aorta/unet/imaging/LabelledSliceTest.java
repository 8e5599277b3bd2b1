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
                                .putShort((short) 5)
                                .putShort((short) 900)
                                .array()))
                        .image())
                .containsExactly(5, 900);
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
                .hasMessageContaining("the image has 3 bytes; 2 pixels of 1, 2, 4 or 8 bytes were expected");
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

    /** What the bytes are is asked for where they can be several things. */
    @Test
    void typesAreNotGuessed() throws Exception {
        byte[] negative = little(4).putShort((short) -5).putShort((short) 900).array();
        refused(negative, "pixel 0 is -5 as int16 and 65531 as uint16, and nothing says which");
        assertThat(LabelledSlice.parse(example(negative), PixelType.INT16).image())
                .containsExactly(-5, 900);
        assertThat(LabelledSlice.parse(example(negative), PixelType.UINT16).image())
                .containsExactly(65531, 900);
        byte[] half = little(4)
                .putShort(Float.floatToFloat16(100))
                .putShort(Float.floatToFloat16(0.5f))
                .array();
        refused(half, "which look like float16");
        assertThat(LabelledSlice.parse(example(half), PixelType.FLOAT16).image())
                .containsExactly(100, 0.5f);
        byte[] single = little(8).putFloat(100).putFloat(0).array();
        refused(single, "pixel 0 is 1120403456 as int32, which is no grey level; as float32 it is 100.0");
        assertThat(LabelledSlice.parse(example(single), PixelType.FLOAT32).image())
                .containsExactly(100, 0);
        byte[] zScored = little(8).putFloat(-0.25f).putFloat(0).array();
        refused(zScored, "as float32 it is -0.25");
        byte[] twice = little(16).putDouble(100).putDouble(0).array();
        refused(twice, "as float64 it is 100.0");
        assertThat(LabelledSlice.parse(example(twice), PixelType.FLOAT64).image())
                .containsExactly(100, 0);
        assertThatThrownBy(() -> LabelledSlice.parse(example(twice), PixelType.FLOAT32))
                .hasMessage("the image has 16 bytes; 2 pixels of float32 are 8");
        byte[] nan = little(8).putFloat(Float.NaN).putFloat(0).array();
        assertThatThrownBy(() -> LabelledSlice.parse(example(nan), PixelType.FLOAT32))
                .hasMessage("pixel 0 is NaN as float32, which is no grey level");
    }

    @Test
    void aRecordMaySayItsType() throws Exception {
        LabelledSlice slice = new LabelledSlice("s", 1, 2, new float[] {0.25f, -3}, new byte[] {0, 1});
        for (SliceSchema schema : SliceSchema.values()) {
            Example example = Example.parse(schema.encode(slice).toByteArray());
            assertThat(example.text("dtype")).isEqualTo("float32");
            assertThat(LabelledSlice.parse(example).image()).containsExactly(0.25f, -3);
        }
        Example strange = Example.builder()
                .ints("height", 1)
                .ints("width", 1)
                .bytes("image_raw", new byte[2])
                .text("dtype", "complex64")
                .build();
        assertThatThrownBy(() -> LabelledSlice.parse(strange)).hasMessageStartingWith("dtype 'complex64' is not known");
    }

    @Test
    void depthsOtherThanOneAreRefused() throws Exception {
        byte[] bytes = {1, 2};
        assertThat(LabelledSlice.parse(with("depth", 0, bytes)).image()).containsExactly(1, 2);
        for (int depth : new int[] {2, 4, -1}) {
            assertThatThrownBy(() -> LabelledSlice.parse(with("depth", depth, new byte[2 * Math.abs(depth)])))
                    .hasMessage("depth is " + depth + "; pictures of one channel, or of three equal ones, are read");
        }
        assertThat(LabelledSlice.parse(with("channels", 3, new byte[] {7, 7, 7, 9, 9, 9}))
                        .image())
                .containsExactly(7, 9);
        assertThatThrownBy(() -> LabelledSlice.parse(with("channels", 3, new byte[] {7, 7, 7, 9, 9, 8})))
                .hasMessageContaining("a colour image: the channels of pixel 1 differ");
    }

    @Test
    void otherLayouts() throws Exception {
        byte[] png = Png.grey8(1, 2, new int[] {3, 250});
        Example encoded = Example.builder()
                .bytes("image/encoded", png)
                .ints("image/height", 1)
                .bytes("image/segmentation/class/encoded", Png.grey8(1, 2, new int[] {0, 2}))
                .text("image/filename", "x")
                .build();
        LabelledSlice slice = LabelledSlice.parse(encoded);
        assertThat(slice.image()).containsExactly(3, 250);
        assertThat(slice.label()).containsExactly(0, 2);
        assertThat(slice.name()).isEqualTo("x");
        Example wrong = Example.builder()
                .bytes("image/encoded", png)
                .ints("image/height", 2)
                .build();
        assertThatThrownBy(() -> LabelledSlice.parse(wrong)).hasMessage("image/height is 2, but the picture has 1");
        Example lists = Example.builder()
                .floats("image", 0.5f, 7)
                .ints("label", 1, 0)
                .ints("height", 1)
                .ints("width", 2)
                .build();
        assertThat(LabelledSlice.parse(lists).image()).containsExactly(0.5f, 7);
        assertThat(LabelledSlice.parse(lists).label()).containsExactly(1, 0);
        Example integers = Example.builder()
                .ints("image", -5, 70000)
                .bytes("label_raw", little(8).putFloat(1).putFloat(0).array())
                .ints("height", 1)
                .ints("width", 2)
                .build();
        assertThat(LabelledSlice.parse(integers).image()).containsExactly(-5, 70000);
        assertThat(LabelledSlice.parse(integers).label()).containsExactly(1, 0);
    }

    private static void refused(byte[] image, String message) {
        assertThatThrownBy(() -> LabelledSlice.parse(example(image)))
                .isInstanceOf(FormatException.class)
                .hasMessageContaining(message)
                .hasMessageContaining("--pixels");
    }

    private static Example with(String key, int value, byte[] image) {
        return Example.builder()
                .bytes("label_raw", new byte[2])
                .bytes("image_raw", image)
                .ints("width", 2)
                .ints("height", 1)
                .ints(key, value)
                .build();
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

    @Test
    void whereASliceComesFromIsKept() throws Exception {
        SliceOrigin origin = new SliceOrigin("P-1", new PixelSpacing(1.25, 1.5), -31.5, 7);
        LabelledSlice slice = new LabelledSlice("s", 1, 2, new float[] {0.25f, -3}, new byte[] {0, 1}, origin);
        assertThat(LabelledSlice.parse(SliceSchema.B.encode(slice)).origin()).isEqualTo(origin);
        assertThat(LabelledSlice.parse(SliceSchema.A.encode(slice)).origin()).isEqualTo(SliceOrigin.UNKNOWN);
        assertThat(slice.toSegment("here").patient()).isEqualTo("P-1");
        assertThat(slice.toSegment("here").spacing()).isEqualTo(new PixelSpacing(1.25, 1.5));
        Example odd = Example.builder()
                .ints("height", 1)
                .ints("width", 1)
                .bytes("image", new byte[] {1})
                .bytes("label", new byte[] {0})
                .text("place", "apex")
                .ints("phase", -3)
                .ints("patient", 5)
                .build();
        assertThat(LabelledSlice.parse(odd).origin()).isEqualTo(SliceOrigin.UNKNOWN);
        Example impossible = Example.builder()
                .ints("height", 1)
                .ints("width", 1)
                .bytes("image", new byte[] {1})
                .bytes("label", new byte[] {0})
                .floats("pixel_spacing", -1, 2)
                .build();
        assertThatThrownBy(() -> LabelledSlice.parse(impossible)).hasMessageContaining("pixel_spacing is [-1.0, 2.0]");
    }
}
