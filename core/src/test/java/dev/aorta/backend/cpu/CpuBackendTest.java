package dev.aorta.backend.cpu;

import dev.aorta.backend.Backend;
import dev.aorta.backend.BackendContract;
import dev.aorta.backend.ConvShape;

/** The CPU backend does what every backend must. */
class CpuBackendTest extends BackendContract {
    private static final Backend BACKEND = new CpuBackend(2);

    @Override
    public Backend backend() {
        return BACKEND;
    }

    /** Winograd's transforms lose about two bits. */
    @Override
    public double convolutionFactor(ConvShape s) {
        return Winograd.applies(s) ? 4 : 1;
    }
}
