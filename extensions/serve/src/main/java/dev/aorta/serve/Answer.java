package dev.aorta.serve;

import dev.aorta.io.Json;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * What a request is answered with.
 *
 * @param status of HTTP
 * @param type of the content
 * @param headers beside the type and the length
 * @param body content
 */
public record Answer(int status, String type, Map<String, String> headers, byte[] body) {
    /**
     * {@return an answer that succeeded}
     *
     * @param type of the content, such as {@code image/png}
     * @param body content
     */
    public static Answer ok(String type, byte[] body) {
        return new Answer(200, type, Map.of(), body);
    }

    /**
     * {@return JSON that succeeded}
     *
     * @param value as {@link Json#of} takes it
     */
    public static Answer json(Object value) {
        return json(200, value);
    }

    static Answer json(int status, Object value) {
        return new Answer(
                status, "application/json", Map.of(), Json.of(value).compact().getBytes(StandardCharsets.UTF_8));
    }

    static Answer of(HttpError error) {
        Answer plain = json(error.status(), Map.of("error", String.valueOf(error.getMessage())));
        return new Answer(plain.status, plain.type, error.headers(), plain.body);
    }
}
