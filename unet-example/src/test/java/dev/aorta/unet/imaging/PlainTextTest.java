package dev.aorta.unet.imaging;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PlainTextTest {
    @Test
    void nothingCommandsATerminal() {
        assertThat(PlainText.line("Müller, 王 · 1.25 mm")).isEqualTo("Müller, 王 · 1.25 mm");
        assertThat(PlainText.line("a\u001b[2J\r\nb\u0000\u007f\u009b\u202e\u2028\tc"))
                .isEqualTo("a\\x1B[2J\\x0D\\x0Ab\\x00\\x7F\\x9B\\u202E\\u2028\\x09c");
        assertThat(PlainText.lines("a\n\tb\u001b")).isEqualTo("a\n\tb\\x1B");
    }

    @Test
    void noCellIsAFormula() {
        assertThat(PlainText.cell("a b")).isEqualTo("a b");
        assertThat(PlainText.cell("a,\"b\"")).isEqualTo("\"a,\"\"b\"\"\"");
        for (String formula : new String[] {"=1+1", "+1", "-1", "@SUM(A1)"}) {
            assertThat(PlainText.cell(formula)).isEqualTo("'" + formula);
        }
        assertThat(PlainText.cell("\t=1")).isEqualTo("\\x09=1");
    }
}
