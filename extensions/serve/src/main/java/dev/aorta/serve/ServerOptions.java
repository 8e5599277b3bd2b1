package dev.aorta.serve;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.util.function.Consumer;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * How a server listens, and what it refuses.
 *
 * @param address to listen at; port 0 for any free one
 * @param mostBody bytes of a request's body
 * @param mostBodies bytes of all bodies that are read or answered at one time
 * @param drain how long {@link ModelServer#close} waits for what was accepted
 * @param tokens who may do what; null lets everybody do everything, which is for loopback alone
 * @param tls key and certificate, or null for plain HTTP
 * @param accessLog gets a line of JSON for each answer: when, method, route, status, bytes, milliseconds; nothing of what was sent
 */
public record ServerOptions(
        InetSocketAddress address,
        long mostBody,
        long mostBodies,
        Duration drain,
        @Nullable Tokens tokens,
        @Nullable SSLContext tls,
        Consumer<String> accessLog) {
    /** Checks that only this machine gets in without a token. */
    public ServerOptions {
        if (tokens == null && !address.getAddress().isLoopbackAddress()) {
            throw new IllegalArgumentException("[serve] " + address.getAddress().getHostAddress()
                    + " can be reached from other machines: give tokens, or listen at the loopback address");
        }
        if (mostBody < 1 || mostBody > Integer.MAX_VALUE - 16 || mostBodies < mostBody) {
            throw new IllegalArgumentException(
                    "[serve] a body may have 1 to 2^31 bytes, and all bodies as many or more, got " + mostBody + " and "
                            + mostBodies);
        }
    }

    /**
     * {@return a server for this machine: the loopback address, bodies of 64 MiB and 256 MiB together, 30 s to drain, no log}
     *
     * @param port to listen at; 0 for any free one
     */
    public static ServerOptions loopback(int port) {
        return new ServerOptions(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
                64L << 20,
                256L << 20,
                Duration.ofSeconds(30),
                null,
                null,
                line -> {});
    }

    /**
     * A key store as what {@link #tls} wants.
     *
     * @param file PKCS #12 or JKS
     * @param password of the store and its key
     * @return TLS of the JDK's versions
     * @throws IOException if the file cannot be read or is no key store with a key
     */
    public static SSLContext tls(Path file, char[] password) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(in, password);
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(store, password);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), null, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IOException(file + ": no key for TLS can be read from it: " + e.getMessage(), e);
        }
    }
}
