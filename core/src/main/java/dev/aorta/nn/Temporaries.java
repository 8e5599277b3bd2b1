package dev.aorta.nn;

import dev.aorta.Scope;
import dev.aorta.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * What the layers of a container make in one forward call. Outside recording it lives in a scope of its own, so that parameters,
 * the input and whatever was made before are never given back; while recording, the backward pass decides.
 */
final class Temporaries implements AutoCloseable {
    private final @Nullable Scope scope;

    Temporaries(Pass pass) {
        scope = Scope.recording() ? null : Scope.noGrad("a container's layers");
        if (scope == null) {
            Scope.networkBegins(pass.training());
        }
    }

    /** Gives back all but a result that is still needed, and returns that. */
    Tensor only(Tensor y) {
        if (scope != null) {
            scope.releaseAllBut(y);
        }
        return y;
    }

    /** Hands the result of the call to the caller's scope. */
    Tensor result(Tensor y) {
        return scope == null ? y : scope.keep(y);
    }

    @Override
    public void close() {
        if (scope != null) {
            scope.close();
        } else {
            Scope.networkEnds();
        }
    }
}
