package dev.aorta.bench.kernel;

import dev.aorta.backend.ConvShape;
import dev.aorta.bench.Case;
import dev.aorta.bench.Geometry;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The convolutions of the benchmarked networks, named CASE/LAYER, for example {@code unet-32x1/enc1.conv2}. */
final class Convolutions {
    private Convolutions() {}

    /** The geometry of a layer; of the convolution that is transposed, where the layer is a transposed one. */
    static ConvShape named(String caseAndLayer) {
        int slash = caseAndLayer.indexOf('/');
        Case c = Case.of(caseAndLayer.substring(0, Math.max(slash, 0)));
        Geometry g = Geometry.of(c.network(), c.batch());
        String layer = caseAndLayer.substring(slash + 1);
        ConvShape shape = g.convolutions().getOrDefault(layer, g.transposed().get(layer));
        if (shape == null) {
            throw new IllegalArgumentException(c + " has no layer '" + layer + "'; it has "
                    + g.convolutions().keySet() + " and " + g.transposed().keySet());
        }
        return shape;
    }

    /** Names of all convolutions of some cases, one for each distinct geometry. */
    static List<String> distinct(List<Case> cases, boolean transposed) {
        Map<ConvShape, String> names = new LinkedHashMap<>();
        for (Case c : cases) {
            Geometry g = Geometry.of(c.network(), c.batch());
            (transposed ? g.transposed() : g.convolutions())
                    .forEach((layer, shape) -> names.putIfAbsent(shape, c + "/" + layer));
        }
        return List.copyOf(names.values());
    }
}
