package dev.aorta;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** {@link LongLoops}, short; docs/library.md has the command for the long ones. */
class LongLoopsTest {
    private static final Pattern LINE = Pattern.compile("(\\w+) \\d+ heap ([\\d.]+) MB rss \\d+ MB");

    /** Which thread runs the largest task, and grows its scratch memory for it, is left to chance, also late. */
    private static final List<String> ONE_THREAD = List.of("-Daorta.threads=1", "-Xmx96m", "-XX:+UseSerialGC");

    @Test
    void theHeapDoesNotGrow() throws Exception {
        JavaRun run = JavaRun.of(ONE_THREAD, LongLoops.class, "200");
        assertThat(run.exit()).isZero();
        Map<String, List<Double>> heaps = run.out().stream()
                .map(LINE::matcher)
                .filter(Matcher::matches)
                .collect(Collectors.groupingBy(
                        m -> m.group(1), Collectors.mapping(m -> Double.parseDouble(m.group(2)), Collectors.toList())));
        assertThat(heaps).containsOnlyKeys("steps", "loads", "sizes");
        heaps.forEach((name, heap) -> {
            assertThat(heap).hasSize(10);
            assertThat(heap.getLast() - heap.get(2))
                    .as("%s: megabytes gained, of %s", name, heap)
                    .isLessThan(1);
        });
    }
}
