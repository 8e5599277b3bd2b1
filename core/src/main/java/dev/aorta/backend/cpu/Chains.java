package dev.aorta.backend.cpu;

import dev.aorta.backend.Buffer;
import dev.aorta.backend.ConvStage;
import dev.aorta.backend.cpu.conv.ConvolutionChain;
import dev.aorta.backend.cpu.element.Finish;
import dev.aorta.backend.cpu.machine.Workspace;
import java.util.ArrayList;
import java.util.List;

/** Runs chains of convolutions whose weights stay packed from call to call. */
final class Chains {
    private Chains() {}

    /** As {@link ConvolutionChain#run}. */
    static boolean run(Workspace ws, Buffer y, Buffer x, List<ConvStage> chain) {
        List<ConvolutionChain.Link> links = new ArrayList<>(chain.size());
        List<PackedWeight> packed = new ArrayList<>(chain.size());
        try {
            for (ConvStage c : chain) {
                PackedWeight weight = CpuBuffer.of(c.w()).used();
                packed.add(weight);
                Buffer bias = c.bias();
                Buffer added = c.added();
                links.add(new ConvolutionChain.Link(
                        CpuBuffer.read(c.w()),
                        bias == null ? null : CpuBuffer.read(bias),
                        Finish.of(added == null ? null : CpuBuffer.read(added), c.then()),
                        c.shape(),
                        weight));
            }
            return ConvolutionChain.run(ws, CpuBuffer.write(y), CpuBuffer.read(x), links);
        } finally {
            packed.forEach(PackedWeight::end);
        }
    }
}
