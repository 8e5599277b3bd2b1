package dev.aorta.unet.serve;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** A form as a browser sends it to {@code /v1/segment}. */
public final class Form {
    private static final String BOUNDARY = "----aorta0123456789";

    private final ByteArrayOutputStream body = new ByteArrayOutputStream();

    /** Adds a file. */
    public Form add(String field, String name, byte[] content) {
        text("--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"" + field + "\"; filename=\"" + name
                + "\"\r\nContent-Type: application/octet-stream\r\n\r\n");
        body.writeBytes(content);
        text("\r\n");
        return this;
    }

    /** Adds all files of a folder. */
    public Form addAll(String field, Path folder) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.list(folder)) {
            files = all.sorted().toList();
        }
        for (Path file : files) {
            add(field, file.getFileName().toString(), Files.readAllBytes(file));
        }
        return this;
    }

    private void text(String text) {
        body.writeBytes(text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Sends it.
     *
     * @param server and the query
     */
    public HttpResponse<byte[]> post(URI server, String accept) throws IOException, InterruptedException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(body.toByteArray());
        all.writeBytes(("--" + BOUNDARY + "--\r\n").getBytes(StandardCharsets.UTF_8));
        String query = server.getRawQuery() == null ? "" : "?" + server.getRawQuery();
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                    HttpRequest.newBuilder(server.resolve("/v1/segment" + query))
                            .header("Accept", accept)
                            .header("Content-Type", "multipart/form-data; boundary=" + BOUNDARY)
                            .POST(HttpRequest.BodyPublishers.ofByteArray(all.toByteArray()))
                            .build(),
                    HttpResponse.BodyHandlers.ofByteArray());
        }
    }
}
