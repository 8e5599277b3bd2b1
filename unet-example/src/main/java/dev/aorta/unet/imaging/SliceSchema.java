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

    /** {@code slice} as a record: grey levels as little-endian int64, labels as uint8. */
    public Example encode(LabelledSlice slice) {
        ByteBuffer image =
                ByteBuffer.allocate(Long.BYTES * slice.image().length).order(ByteOrder.LITTLE_ENDIAN);
        for (int value : slice.image()) {
            image.putLong(value);
        }
        Example.Builder example = Example.builder()
                .ints("height", slice.rows())
                .ints("width", slice.columns())
                .ints("depth", 1)
                .bytes(imageKey, image.array())
                .bytes(SliceRecord.LABEL, slice.label());
        if (this == B) {
            example.text("name", slice.name());
        }
        return example.build();
    }
}
