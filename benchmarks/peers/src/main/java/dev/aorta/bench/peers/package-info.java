/** Other engines on the networks that Aorta trains, and a table of both. */
@NullMarked
package dev.aorta.bench.peers;

import org.jspecify.annotations.NullMarked;
