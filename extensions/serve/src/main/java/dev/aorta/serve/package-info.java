/**
 * Serves networks over HTTP with the JDK alone: the Open Inference Protocol, batching, several versions of several models, metrics.
 * {@link dev.aorta.serve.ModelServer} is the door.
 */
@NullMarked
package dev.aorta.serve;

import org.jspecify.annotations.NullMarked;
