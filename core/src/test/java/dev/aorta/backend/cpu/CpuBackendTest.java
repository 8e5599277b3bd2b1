package dev.aorta.backend.cpu;

import dev.aorta.backend.Backend;
import dev.aorta.backend.BackendContract;

/** The CPU backend does what every backend must. */
class CpuBackendTest extends BackendContract {
    private static final Backend BACKEND = new CpuBackend(2);

    @Override
    public Backend backend() {
        return BACKEND;
    }
}
