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

    private static final Pattern POOL = Pattern.compile("pool held (\\d+) MB, a program gets (\\d+) MB of (\\d+) MB");

    /** Which thread runs the largest task, and grows its scratch memory for it, is left to chance, also late. */
    private static final List<String> ONE_THREAD = List.of("-Daorta.threads=1", "-Xmx96m", "-XX:+UseSerialGC");

    @Test
    void theHeapDoesNotGrowAndThePoolGivesWay() throws Exception {
        JavaRun run = JavaRun.of(ONE_THREAD, LongLoops.class, "200");
        assertThat(run.exit()).isZero();
        Map<String, List<Double>> heaps = run.out().stream()
                .map(LINE::matcher)
                .filter(Matcher::matches)
                .collect(Collectors.groupingBy(
                        m -> m.group(1), Collectors.mapping(m -> Double.parseDouble(m.group(2)), Collectors.toList())));
        assertThat(heaps).containsOnlyKeys("steps", "loads", "unscoped", "sizes");
        heaps.forEach((name, heap) -> {
            assertThat(heap).hasSize(10);
            assertThat(heap.getLast() - heap.get(2))
                    .as("%s: megabytes gained, of %s", name, heap)
                    .isLessThan(1);
        });
        Matcher pool = POOL.matcher(run.out().getLast());
        assertThat(pool.matches()).as(run.out().getLast()).isTrue();
        double heap = Double.parseDouble(pool.group(3));
        assertThat(Double.parseDouble(pool.group(1)))
                .as("there is something to give")
                .isGreaterThan(heap / 4);
        assertThat(Double.parseDouble(pool.group(2))).as(run.out().getLast()).isGreaterThan(0.8 * heap);
    }
}
