package dev.aorta.serve;

import dev.aorta.io.FormatException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Bearer tokens and their roles. Only their digests are kept; every comparison takes the same time whatever was sent. */
public final class Tokens {
    private static final int SHORTEST = 16;

    private final List<byte[]> digests = new ArrayList<>();
    private final List<Role> roles = new ArrayList<>();

    /**
     * Adds a token.
     *
     * @param role of its holder
     * @param token at least 16 characters
     * @return this
     */
    public Tokens add(Role role, String token) {
        if (token.length() < SHORTEST) {
            throw new IllegalArgumentException("[tokens] a token of " + token.length()
                    + " characters can be guessed; take " + SHORTEST + " or more, as of openssl rand -hex 32");
        }
        digests.add(sha256(token));
        roles.add(role);
        return this;
    }

    /**
     * Reads a file of lines {@code infer TOKEN} or {@code admin TOKEN}; empty ones and those that begin with # do not count.
     *
     * @param file that nobody else should read
     * @return the tokens
     * @throws IOException if it cannot be read, or a line is of another form
     */
    public static Tokens read(Path file) throws IOException {
        Tokens tokens = new Tokens();
        int number = 0;
        for (String line : Files.readAllLines(file)) {
            number++;
            String[] words = line.strip().split("\\s+");
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            try {
                if (words.length != 2) {
                    throw new IllegalArgumentException("must be 'infer TOKEN' or 'admin TOKEN'");
                }
                tokens.add(Role.valueOf(words[0].toUpperCase(Locale.ROOT)), words[1]);
            } catch (IllegalArgumentException e) {
                throw new FormatException(file + ": line " + number + ": " + e.getMessage(), e);
            }
        }
        if (tokens.roles.isEmpty()) {
            throw new FormatException(file + ": there is no token in it");
        }
        return tokens;
    }

    /** The role of an Authorization header; null when it has none. */
    @Nullable
    Role role(@Nullable String authorization) {
        String header = authorization == null ? "" : authorization;
        boolean bearer = header.regionMatches(true, 0, "Bearer ", 0, 7);
        byte[] sent = sha256(bearer ? header.substring(7).strip() : "");
        Role found = null;
        for (int i = 0; i < roles.size(); i++) {
            boolean same = MessageDigest.isEqual(digests.get(i), sent);
            found = same && (found == null || roles.get(i).covers(found)) ? roles.get(i) : found;
        }
        return found;
    }

    /** Who sent an Authorization header that has a role: the first digits of the token's SHA-256, which name it and do not give it away. */
    static String digest(String authorization) {
        return HexFormat.of()
                .formatHex(sha256(authorization.substring(7).strip()))
                .substring(0, 8);
    }

    private static byte[] sha256(String token) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e); // every Java has it
        }
    }
}
