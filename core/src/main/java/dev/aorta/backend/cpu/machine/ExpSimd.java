package dev.aorta.backend.cpu.machine;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** {@link Exp} on vectors, with the same polynomials and bounds. */
public final class ExpSimd {
    private static final VectorSpecies<Float> S = Species.S;

    private ExpSimd() {}

    /** {@code e^x} as {@link Exp#exp}. */
    public static FloatVector exp(FloatVector x) {
        FloatVector in = Species.exact(x).min(Exp.LARGEST).max(Exp.SMALLEST);
        FloatVector shifted = in.mul(Exp.LOG2_E).add(Exp.ROUND);
        FloatVector n = shifted.sub(Exp.ROUND);
        FloatVector r = in.sub(n.mul(Exp.LN2_HIGH)).sub(n.mul(Exp.LN2_LOW));
        IntVector power = shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
        return expm1(r).add(1).reinterpretAsInts().add(power).reinterpretAsFloats();
    }

    /** {@code tanh(x)} as {@link Exp#tanh}. */
    static FloatVector tanh(FloatVector x) {
        FloatVector in = Species.exact(x).add(x).min(20).max(-20);
        FloatVector shifted = in.mul(Exp.LOG2_E).add(Exp.ROUND);
        FloatVector n = shifted.sub(Exp.ROUND);
        FloatVector r = in.sub(n.mul(Exp.LN2_HIGH)).sub(n.mul(Exp.LN2_LOW));
        FloatVector scale = shifted.reinterpretAsInts()
                .sub(Exp.ROUND_BITS - 127)
                .lanewise(VectorOperators.LSHL, 23)
                .reinterpretAsFloats();
        FloatVector t = scale.mul(expm1(r)).add(scale.sub(1));
        return t.div(t.add(2));
    }

    /** {@code ln(1 + u)} as {@link Exp#log1p}. */
    public static FloatVector log1p(FloatVector x) {
        FloatVector u = Species.exact(x);
        FloatVector s = u.div(u.add(2));
        FloatVector z = s.mul(s);
        FloatVector sum = FloatVector.broadcast(S, 1f / 15);
        sum = sum.mul(z).add(1f / 13);
        sum = sum.mul(z).add(1f / 11);
        sum = sum.mul(z).add(1f / 9);
        sum = sum.mul(z).add(1f / 7);
        sum = sum.mul(z).add(1f / 5);
        sum = sum.mul(z).add(1f / 3);
        FloatVector log = s.add(s.mul(z).mul(sum));
        return log.add(log);
    }

    private static FloatVector expm1(FloatVector x) {
        FloatVector r = Species.exact(x);
        FloatVector e = FloatVector.broadcast(S, Exp.E7);
        e = e.mul(r).add(Exp.E6);
        e = e.mul(r).add(Exp.E5);
        e = e.mul(r).add(Exp.E4);
        e = e.mul(r).add(Exp.E3);
        e = e.mul(r).add(Exp.E2);
        return e.mul(r).mul(r).add(r);
    }
}
