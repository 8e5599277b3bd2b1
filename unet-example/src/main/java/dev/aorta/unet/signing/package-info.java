/** Signatures with the JDK's own cryptography: keys, DSSE envelopes, in-toto statements, OpenSSF Model Signing 1.0. */
@NullMarked
package dev.aorta.unet.signing;

import org.jspecify.annotations.NullMarked;
