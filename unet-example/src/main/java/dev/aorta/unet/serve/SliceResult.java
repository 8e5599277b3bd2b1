package dev.aorta.unet.serve;

import dev.aorta.unet.clinical.ContourScore;
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
 * @param slice with the expert's mask where there is one
 * @param mask class of each pixel, [rows, columns]
 * @param target class that an expert's mask is of
 * @param entropy of each pixel in 255ths of the largest there can be, or null where nobody asked
 * @param explanation of each pixel in 255ths of the largest, or null where nobody asked
 */
record SliceResult(
        InputSlice slice, byte[] mask, int target, byte @Nullable [] entropy, byte @Nullable [] explanation) {
    private static final int CERTAIN = 127;

    /**
     * As JSON.
     *
     * @param place which slice it is
     */
    SequencedMap<String, Object> json(SequencedMap<String, Object> place, boolean pictures) {
        SequencedMap<String, Object> json = new LinkedHashMap<>(place);
        json.put("rows", slice.rows());
        json.put("columns", slice.columns());
        Map<Integer, Integer> counts = new TreeMap<>();
        for (byte c : mask) {
            counts.merge((int) c, 1, Integer::sum);
        }
        List<Object> structures = new ArrayList<>();
        counts.forEach((type, count) -> {
            if (type != 0) {
                structures.add(structure(mask, type, count));
            }
        });
        json.put("structures", structures);
        if (entropy != null) {
            int doubtful = 0;
            for (byte e : entropy) {
                doubtful += Byte.toUnsignedInt(e) > CERTAIN ? 1 : 0;
            }
            json.put("uncertain_pixels", doubtful);
            json.put("uncertain_area_mm2", area(doubtful));
        }
        if (slice.label() != null) {
            json.put("expert", expert(slice.label()));
        }
        if (pictures) {
            json.put(
                    "overlay",
                    Png.dataUri(Overlay.png(slice.rows(), slice.columns(), slice.grey(), slice.label(), mask)));
            if (entropy != null) {
                json.put("uncertainty", heat(entropy));
            }
            if (explanation != null) {
                json.put("explanation", heat(explanation));
            }
        }
        return json;
    }

    private SequencedMap<String, Object> structure(byte[] classes, int type, int count) {
        SequencedMap<String, Object> structure = new LinkedHashMap<>();
        structure.put("class", type);
        structure.put("pixels", count);
        structure.put("area_mm2", area(count));
        structure.put("contours", contours(classes, type));
        return structure;
    }

    private SequencedMap<String, Object> expert(byte[] label) {
        byte[] ours = new byte[mask.length];
        int count = 0;
        for (int i = 0; i < ours.length; i++) {
            ours[i] = (byte) (mask[i] == target ? 1 : 0);
            count += label[i] == 1 ? 1 : 0;
        }
        double dice = ContourScore.dice(ours, label);
        SequencedMap<String, Object> expert = structure(label, 1, count);
        expert.put("class", target);
        expert.put("dice", Double.isNaN(dice) ? null : dice);
        return expert;
    }

    private String heat(byte[] parts) {
        float[] map = new float[parts.length];
        for (int i = 0; i < map.length; i++) {
            map[i] = Byte.toUnsignedInt(parts[i]) / 255f;
        }
        return Png.dataUri(Overlay.heat(slice.rows(), slice.columns(), slice.grey(), map, 1, mask));
    }

    private @Nullable Double area(int pixels) {
        return slice.pixelArea().isPresent() ? pixels * slice.pixelArea().getAsDouble() : null;
    }

    private List<Object> contours(byte[] classes, int type) {
        List<Object> contours = new ArrayList<>();
        for (Contour contour : MaskOutline.of(slice.rows(), slice.columns(), classes, type)) {
            contours.add(
                    contour.points().stream().map(p -> List.of(p.x(), p.y())).toList());
        }
        return contours;
    }
}
