package dev.aorta.backend.reference;

import dev.aorta.backend.Backend;
import dev.aorta.backend.BackendContract;
import dev.aorta.backend.ConvShape;
import java.util.List;
import java.util.stream.IntStream;

/** The reference, seen through float32, is itself a backend. */
class ReferenceBackendContractTest extends BackendContract {
    private static final Backend BACKEND = new ReferenceBackend();

    @Override
    public Backend backend() {
        return BACKEND;
    }

    /** A few: a reference that is compared with itself shows what the contract asks for beside values. */
    @Override
    public List<ConvShape> geometries() {
        List<ConvShape> all = super.geometries();
        return IntStream.range(0, all.size())
                .filter(i -> i % 10 == 0)
                .mapToObj(all::get)
                .toList();
    }

    @Override
    public Backend another() {
        return new ReferenceBackend();
    }
}
