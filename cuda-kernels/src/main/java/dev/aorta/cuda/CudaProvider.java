package dev.aorta.cuda;

import dev.aorta.backend.Backend;
import dev.aorta.backend.BackendProvider;

/** Brings NVIDIA GPUs as devices {@code cuda:0}, {@code cuda:1} and so on. */
public final class CudaProvider implements BackendProvider {
    @Override
    public String name() {
        return "cuda";
    }

    @Override
    public String unusableBecause() {
        String failure = Trial.failure();
        if (!failure.isEmpty()) {
            return failure;
        }
        try {
            new CudaBackend(0, CudaOptions.fromProperties()).close(); // all of it: a wrong cuDNN counts too
            return "";
        } catch (CudaException e) {
            return String.valueOf(e.getMessage());
        }
    }

    @Override
    public Backend open(int index) {
        return new CudaBackend(index, CudaOptions.fromProperties());
    }
}
