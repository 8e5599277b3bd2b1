package dev.aorta.backend.cpu.machine;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The vector species of {@link Simd#BITS}; apart from it because loading this class needs the Vector API.
 *
 * <p>The compiler keeps a vector in a register only where it knows its class. A vector that was just loaded or broadcast has
 * that of the species; a parameter, or one that a loop carries from round to round, only what the profile of its callers says,
 * and a method that is compiled before it has a profile stays a hundred times slower. So a loop writes {@code
 * loaded.add(sum)}, never {@code sum.add(loaded)}, and a method begins with {@link #exact} of its parameters.
 */
public final class Species {
    public static final VectorSpecies<Float> S = Simd.BITS == 512
            ? FloatVector.SPECIES_512
            : Simd.BITS == 256 ? FloatVector.SPECIES_256 : FloatVector.SPECIES_128;

    private Species() {}

    /** The same vector, of a class that the compiler knows. */
    public static FloatVector exact(FloatVector v) {
        return (FloatVector) S.vectorType().cast(v);
    }
}
