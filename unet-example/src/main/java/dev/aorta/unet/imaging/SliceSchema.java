package dev.aorta.unet.imaging;

import dev.aorta.data.Example;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The two ways in which the NVIDIA segmentation labs lay out a slice as a {@code tf.train.Example}. */
public enum SliceSchema {
    /** The workshop of 2016: height, width, depth, img_raw, label_raw. */
    A("img_raw"),
    /** The course for TensorFlow 2: height, width, depth, name, image_raw, label_raw. */
    B("image_raw");

    final String imageKey;

    SliceSchema(String imageKey) {
        this.imageKey = imageKey;
    }

    /** {@code slice} as a record: grey levels as little-endian int64, or as float32 where they are not whole; labels as uint8. */
    public Example encode(LabelledSlice slice) {
        boolean whole = true;
        for (float value : slice.image()) {
            whole &= value == (int) value;
        }
        int size = whole ? Long.BYTES : Float.BYTES;
        ByteBuffer image = ByteBuffer.allocate(size * slice.image().length).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : slice.image()) {
            if (whole) {
                image.putLong((long) value);
            } else {
                image.putFloat(value);
            }
        }
        Example.Builder example = Example.builder()
                .ints("height", slice.rows())
                .ints("width", slice.columns())
                .ints("depth", 1)
                .bytes(imageKey, image.array())
                .bytes(SliceRecord.LABEL, slice.label());
        if (!whole) {
            example.text(SliceRecord.TYPE, PixelType.FLOAT32.toString());
        }
        if (this == B) {
            example.text("name", slice.name());
            PixelSpacing spacing = slice.spacing();
            if (spacing != null) {
                example.floats(SliceRecord.SPACING, (float) spacing.row(), (float) spacing.column());
            }
        }
        return example.build();
    }
}
