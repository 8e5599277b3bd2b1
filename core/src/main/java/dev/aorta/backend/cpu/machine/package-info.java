/** What every kernel stands on: threads, pooled memory, vectors and their width. */
@NullMarked
package dev.aorta.backend.cpu.machine;

import org.jspecify.annotations.NullMarked;
