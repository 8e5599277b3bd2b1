package dev.aorta.backend.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** The vector species of {@link Simd#BITS}; apart from it because loading this class needs the Vector API. */
final class Species {
    static final VectorSpecies<Float> S = Simd.BITS == 512
            ? FloatVector.SPECIES_512
            : Simd.BITS == 256 ? FloatVector.SPECIES_256 : FloatVector.SPECIES_128;

    private Species() {}
}
