package dev.aorta.backend.cpu;

import dev.aorta.backend.Backend;
import dev.aorta.backend.BackendContract;
import dev.aorta.backend.ConvShape;
import dev.aorta.backend.cpu.machine.ForcedWidth;
import dev.aorta.backend.cpu.winograd.Polyphase;
import dev.aorta.backend.cpu.winograd.Winograd;
import org.junit.jupiter.api.extension.ExtendWith;

/** The CPU backend does what every backend must. */
@ExtendWith(ForcedWidth.class)
class CpuBackendTest extends BackendContract {
    private static final Backend BACKEND = new CpuBackend(2);

    @Override
    public Backend backend() {
        return BACKEND;
    }

    @Override
    public Backend another() {
        return new CpuBackend(2);
    }

    @Override
    public boolean sharesRounding(ConvShape s) {
        return Winograd.applies(s) || Polyphase.applies(s);
    }
}
