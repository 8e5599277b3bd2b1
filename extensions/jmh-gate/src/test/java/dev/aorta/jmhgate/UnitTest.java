package dev.aorta.jmhgate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class UnitTest {
    @Test
    void readsWhatJmhLists() {
        List<Unit> units = Unit.listed("""
                Benchmarks:\s
                example.Words.count
                  param "unit" = {kB}
                  param "size" = {8, 32}
                example.Words.split
                """);
        assertThat(units)
                .extracting(Unit::toString)
                .containsExactly(
                        "example.Words.count size=8 unit=kB",
                        "example.Words.count size=32 unit=kB",
                        "example.Words.split");
        assertThat(units.get(1).arguments())
                .containsExactly("^\\Qexample.Words.count\\E$", "-p", "size=32", "-p", "unit=kB");
        assertThat(units.get(0).measures("example.Words.count size=8 unit=kB [avgt]"))
                .isTrue();
        assertThat(units.get(0).measures("example.Words.count size=80 unit=kB [avgt]"))
                .isFalse();
        assertThat(Unit.listed("Benchmarks: \n")).isEmpty();
    }
}
