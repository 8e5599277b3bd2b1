package dev.aorta.unet.clinical;

import dev.aorta.io.FormatException;
import dev.aorta.io.Json;
import dev.aorta.unet.imaging.LabelledSlice;
import dev.aorta.unet.imaging.PixelSpacing;
import dev.aorta.unet.imaging.Region;
import dev.aorta.unet.imaging.SliceOrigin;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * How good a network is on one slice.
 *
 * @param name of the slice
 * @param patient whom it shows: what the slice says, else what stands before the first slash of its name, or the whole of it
 * @param dice hard Dice of class 1, smooth 1
 * @param expert pixels that the expert marked
 * @param network pixels that the network marked
 * @param inMillimetres null where the slice does not say how large its pixels are
 */
public record EvaluatedSlice(
        String name,
        String patient,
        double dice,
        int expert,
        int network,
        @Nullable InMillimetres inMillimetres) {
    /**
     * The same in mm, of the largest region of the cavity on either side.
     *
     * @param place of the slice along its stack, mm; NaN where it is not known
     * @param phase of the beat; -1 where it is not known
     * @param expertArea mm²
     * @param networkArea mm²
     */
    record InMillimetres(double place, int phase, double expertArea, double networkArea, ContourScore contour) {
        /**
         * Measures a mask.
         *
         * @param cavity class of the left ventricle's cavity
         * @return null where the slice does not say how large its pixels are
         */
        static @Nullable InMillimetres of(LabelledSlice slice, byte[] mask, int cavity) {
            SliceOrigin origin = slice.origin();
            PixelSpacing spacing = origin.spacing();
            if (spacing == null) {
                return null;
            }
            byte[] theirs = largest(slice, slice.label(), cavity);
            byte[] ours = largest(slice, mask, cavity);
            double pixel = spacing.area();
            double expert = pixels(theirs) * pixel;
            double network = pixels(ours) * pixel;
            boolean both = expert > 0 && network > 0;
            return new InMillimetres(
                    origin.isPlaced() ? origin.place() : Double.NaN,
                    origin.isPlaced() ? origin.phase() : -1,
                    expert,
                    network,
                    both
                            ? ContourScore.of(
                                    ContourScore.dice(ours, theirs),
                                    Outline.of(ours, slice.rows(), slice.columns(), spacing.row(), spacing.column()),
                                    Outline.of(theirs, slice.rows(), slice.columns(), spacing.row(), spacing.column()))
                            : ContourScore.NONE);
        }

        private static byte[] largest(LabelledSlice slice, byte[] mask, int cavity) {
            boolean[] largest =
                    Region.largest(slice.rows(), slice.columns(), i -> Byte.toUnsignedInt(mask[i]) == cavity);
            byte[] region = new byte[mask.length];
            for (int i = 0; i < region.length; i++) {
                region[i] = largest[i] ? Tracing.CAVITY : 0;
            }
            return region;
        }

        private static int pixels(byte[] region) {
            int count = 0;
            for (byte b : region) {
                count += b;
            }
            return count;
        }

        private Json toJson() {
            SequencedMap<String, Object> m = new LinkedHashMap<>();
            if (phase >= 0) {
                m.put("place_mm", place);
                m.put("phase", phase);
            }
            m.put("expert_mm2", expertArea);
            m.put("network_mm2", networkArea);
            if (expertArea > 0 && networkArea > 0) {
                m.put("contour", contour.toJson());
            }
            return Json.of(m);
        }

        private static InMillimetres of(Json json) throws FormatException {
            Json place = json.asObject().get("place_mm");
            Json contour = json.asObject().get("contour");
            return new InMillimetres(
                    place == null ? Double.NaN : place.asDouble(),
                    place == null ? -1 : json.get("phase").asInt(),
                    json.get("expert_mm2").asDouble(),
                    json.get("network_mm2").asDouble(),
                    contour == null ? ContourScore.NONE : ContourScore.of(contour));
        }

        boolean isPlaced() {
            return phase >= 0;
        }
    }

    Json toJson() {
        SequencedMap<String, Object> m = new LinkedHashMap<>();
        m.put("name", name);
        m.put("patient", patient);
        m.put("dice", dice);
        m.put("expert", expert);
        m.put("network", network);
        if (inMillimetres != null) {
            m.put("in_mm", inMillimetres.toJson());
        }
        return Json.of(m);
    }

    static EvaluatedSlice of(Json json) throws FormatException {
        Json mm = json.asObject().get("in_mm");
        return new EvaluatedSlice(
                json.get("name").asText(),
                json.get("patient").asText(),
                json.get("dice").asDouble(),
                json.get("expert").asInt(),
                json.get("network").asInt(),
                mm == null ? null : InMillimetres.of(mm));
    }
}
