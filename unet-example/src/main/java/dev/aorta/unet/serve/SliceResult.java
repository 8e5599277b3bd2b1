package dev.aorta.unet.serve;

import dev.aorta.unet.imaging.Contour;
import dev.aorta.unet.imaging.InputSlice;
import dev.aorta.unet.imaging.MaskOutline;
import dev.aorta.unet.imaging.Overlay;
import dev.aorta.unet.imaging.Png;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What is said of a slice.
 *
 * @param mask class of each pixel, [rows, columns]
 * @param entropy of each pixel in 255ths of the largest there can be, or null where nobody asked
 */
record SliceResult(InputSlice slice, byte[] mask, byte @Nullable [] entropy) {
    /** As JSON. */
    SequencedMap<String, Object> json(int number, boolean pictures) {
        SequencedMap<String, Object> json = new LinkedHashMap<>();
        json.put("slice", number);
        json.put("rows", slice.rows());
        json.put("columns", slice.columns());
        Map<Integer, Integer> counts = new TreeMap<>();
        for (byte c : mask) {
            counts.merge((int) c, 1, Integer::sum);
        }
        List<Object> structures = new ArrayList<>();
        counts.forEach((type, count) -> {
            if (type != 0) {
                SequencedMap<String, Object> structure = new LinkedHashMap<>();
                structure.put("class", type);
                structure.put("pixels", count);
                structure.put("area_mm2", area(count));
                structure.put("contours", contours(type));
                structures.add(structure);
            }
        });
        json.put("structures", structures);
        if (entropy != null) {
            int doubtful = 0;
            for (byte e : entropy) {
                doubtful += Byte.toUnsignedInt(e) > 127 ? 1 : 0;
            }
            json.put("uncertain_pixels", doubtful);
            json.put("uncertain_area_mm2", area(doubtful));
        }
        if (pictures) {
            json.put("overlay", Png.dataUri(Overlay.png(slice.rows(), slice.columns(), slice.grey(), null, mask)));
            if (entropy != null) {
                float[] map = new float[entropy.length];
                for (int i = 0; i < map.length; i++) {
                    map[i] = Byte.toUnsignedInt(entropy[i]) / 255f;
                }
                json.put(
                        "uncertainty",
                        Png.dataUri(Overlay.heat(slice.rows(), slice.columns(), slice.grey(), map, 1, mask)));
            }
        }
        return json;
    }

    private @Nullable Double area(int pixels) {
        return slice.pixelArea().isPresent() ? pixels * slice.pixelArea().getAsDouble() : null;
    }

    private List<Object> contours(int type) {
        List<Object> contours = new ArrayList<>();
        for (Contour contour : MaskOutline.of(slice.rows(), slice.columns(), mask, type)) {
            contours.add(
                    contour.points().stream().map(p -> List.of(p.x(), p.y())).toList());
        }
        return contours;
    }
}
