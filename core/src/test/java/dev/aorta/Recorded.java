package dev.aorta;

import dev.aorta.op.Op;
import java.util.List;
import java.util.Objects;

/** A look at the tape, for tests of other packages. */
public final class Recorded {
    private Recorded() {}

    /** The operations that the innermost scope's tape holds, first to last. */
    public static List<Op> ops() {
        Scope scope = Objects.requireNonNull(Scope.current(), "no open scope");
        return Objects.requireNonNull(scope.tape(), "no recording scope").ops().toList();
    }
}
