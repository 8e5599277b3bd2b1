package dev.aorta.bench.peers;

import dev.aorta.Tensor;
import java.util.List;

/**
 * One operation in both engines, in the layout of Aorta: channels last.
 *
 * @param name for tables
 * @param ours in Aorta
 * @param theirs in libtorch
 * @param operands first to last
 * @param work floating-point operations, 0 where the time is that of memory
 */
record Operation(String name, Ours ours, Theirs theirs, List<Operand> operands, double work) {
    /** A function of Aorta's tensors. */
    @FunctionalInterface
    interface Ours {
        Tensor of(Tensor... x);
    }

    /** A function of libtorch's tensors. */
    @FunctionalInterface
    interface Theirs {
        org.bytedeco.pytorch.Tensor of(org.bytedeco.pytorch.Tensor... x);
    }

    static Operation of(String name, Ours ours, Theirs theirs, Operand... operands) {
        return new Operation(name, ours, theirs, List.of(operands), 0);
    }
}
