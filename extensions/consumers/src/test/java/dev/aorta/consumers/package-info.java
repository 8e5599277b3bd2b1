/** The library as strangers have it: installed, and used by programs that are built without its sources. */
@NullMarked
package dev.aorta.consumers;

import org.jspecify.annotations.NullMarked;
