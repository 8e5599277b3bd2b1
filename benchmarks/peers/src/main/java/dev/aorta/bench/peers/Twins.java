package dev.aorta.bench.peers;

import dev.aorta.Device;
import dev.aorta.bench.peers.Numbers.Distance;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Holds the networks of the examples and of the zoo, and the operations whose meaning is a convention, to what libtorch computes. */
final class Twins {
    private Twins() {}

    /**
     * Compares all, printing how far Aorta and libtorch in float32 are from libtorch in float64.
     *
     * @param results receives a row for each
     * @return whether Aorta is everywhere as near as libtorch, but for a factor
     */
    static boolean agree(int threads, List<Map<String, Object>> results) {
        List<Twin> twins = new ArrayList<>(Networks.all());
        twins.addAll(ZooTwins.all());
        Conventions.all().forEach(op -> twins.add(Twin.of(op)));
        System.out.printf(
                "%-30s %9s %9s %12s %9s  %s%n",
                "distance from float64", "outputs", "libtorch", "gradients", "libtorch", "worst gradient");
        boolean agree = true;
        try (Device device = Device.cpu(threads)) {
            for (Twin twin : twins) {
                agree &= agrees(twin, device, results);
            }
        }
        if (!agree) {
            System.out.println("FAIL: Aorta does not compute the same as libtorch");
        }
        return agree;
    }

    private static boolean agrees(Twin twin, Device device, List<Map<String, Object>> results) {
        Numbers exact = twin.theirs().apply(ScalarType.Double);
        Distance theirs = twin.theirs().apply(ScalarType.Float).from(exact);
        Distance ours = twin.ours().apply(device).from(exact);
        boolean like = ours.isLike(theirs, twin.floor());
        System.out.printf(
                Locale.ROOT,
                "%-30s %9.1e %9.1e %12.1e %9.1e  %s%s%n",
                twin.name(),
                ours.output(),
                theirs.output(),
                ours.gradient(),
                theirs.gradient(),
                ours.worst(),
                like ? "" : "  FAIL");
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("name", twin.name());
        row.put("outputs", ours.output());
        row.put("libtorchOutputs", theirs.output());
        row.put("gradients", ours.gradient());
        row.put("libtorchGradients", theirs.gradient());
        row.put("worstGradient", ours.worst());
        row.put("agrees", like);
        results.add(row);
        return like;
    }
}
