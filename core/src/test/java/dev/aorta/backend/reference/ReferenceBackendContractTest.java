package dev.aorta.backend.reference;

import dev.aorta.backend.Backend;
import dev.aorta.backend.BackendContract;

/** The reference, seen through float32, is itself a backend. */
class ReferenceBackendContractTest extends BackendContract {
    private static final Backend BACKEND = new ReferenceBackend();

    @Override
    public Backend backend() {
        return BACKEND;
    }

    @Override
    public Backend another() {
        return new ReferenceBackend();
    }
}
