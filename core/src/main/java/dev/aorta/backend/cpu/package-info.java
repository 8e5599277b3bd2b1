/** The CPU device: kernels in plain Java and the Vector API, and the threads they run on. */
@NullMarked
package dev.aorta.backend.cpu;

import org.jspecify.annotations.NullMarked;
