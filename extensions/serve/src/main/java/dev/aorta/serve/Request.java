package dev.aorta.serve;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** A request: its place in the route, headers, and a body that is read within bounds. */
public final class Request {
    private static final int PART = 8192;

    private final HttpExchange exchange;
    private final Map<String, String> captured;
    private final Bytes bytes;
    private final long most;
    private final String caller;

    Request(HttpExchange exchange, String caller, Map<String, String> captured, Bytes bytes, long most) {
        this.exchange = exchange;
        this.caller = caller;
        this.captured = captured;
        this.bytes = bytes;
        this.most = most;
    }

    /**
     * {@return what stands at a place of the route}
     *
     * @param place its name
     */
    public String at(String place) {
        return Objects.requireNonNull(captured.get(place), place);
    }

    boolean has(String place) {
        return captured.containsKey(place);
    }

    /** {@return {@code local} where no token is asked, else the role and the first 8 hexadecimal digits of the token's SHA-256} */
    public String caller() {
        return caller;
    }

    /**
     * Reserves memory, beside that of the body, until the request is answered.
     *
     * @param count bytes
     * @throws HttpError 413 when there is not so much for all requests, 429 when others take it
     */
    public void reserve(long count) throws HttpError {
        if (bytes.taken + count > bytes.all) {
            throw new HttpError(
                    413, "the request takes " + (bytes.taken + count) + " bytes of memory; there are " + bytes.all);
        }
        if (!bytes.take(count)) {
            throw Batcher.busy("other requests take the memory");
        }
    }

    /**
     * {@return a header, or an empty text}
     *
     * @param name of the header
     */
    public String header(String name) {
        return Objects.requireNonNullElse(exchange.getRequestHeaders().getFirst(name), "");
    }

    /**
     * The parameters behind the question mark.
     *
     * @param name of a parameter
     * @return its value as it stands there, or null
     */
    public @Nullable String query(String name) {
        String query = Objects.requireNonNullElse(exchange.getRequestURI().getRawQuery(), "");
        for (String pair : query.split("&", -1)) {
            if (pair.startsWith(name + "=")) {
                return pair.substring(name.length() + 1);
            }
        }
        return null;
    }

    /**
     * Reads the body.
     *
     * @return all of it
     * @throws HttpError 413 when it is too long; 429 when other bodies take the memory
     * @throws IOException when it does not come
     */
    public byte[] body() throws HttpError, IOException {
        String length = header("Content-Length");
        long declared;
        try {
            declared = length.isEmpty() ? most : Long.parseLong(length);
        } catch (NumberFormatException e) {
            throw new HttpError(400, "Content-Length is no number");
        }
        if (declared > most) {
            throw new HttpError(413, "the body has " + declared + " bytes; " + most + " are taken");
        }
        reserve(declared);
        InputStream in = exchange.getRequestBody();
        byte[] body = in.readNBytes((int) declared);
        if (length.isEmpty() && in.read() >= 0) {
            throw new HttpError(413, "the body has more than the " + most + " bytes that are taken");
        }
        if (!length.isEmpty() && body.length < declared) {
            throw new HttpError(400, "the body ends after " + body.length + " of " + declared + " bytes");
        }
        return body;
    }

    /** Reads the body and keeps nothing of it, so that the caller, who sends it first, hears the answer. */
    void discard() throws HttpError, IOException {
        byte[] part = new byte[PART];
        long left = most;
        for (int n; (n = exchange.getRequestBody().read(part)) >= 0; ) {
            left -= n;
            if (left < 0) {
                throw new HttpError(413, "the body has more than the " + most + " bytes that are taken");
            }
        }
    }

    /** Memory for bodies that a request has of what there is for all. */
    static final class Bytes implements AutoCloseable {
        private final AtomicLong left;
        private final long all;
        private long taken;

        /** Of {@code all} bytes, as many as are left. */
        Bytes(AtomicLong left, long all) {
            this.left = left;
            this.all = all;
        }

        boolean take(long count) {
            if (left.addAndGet(-count) < 0) {
                left.addAndGet(count);
                return false;
            }
            taken += count;
            return true;
        }

        @Override
        public void close() {
            left.addAndGet(taken);
            taken = 0;
        }
    }
}
