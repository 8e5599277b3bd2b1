package dev.aorta.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aorta.Device;
import dev.aorta.onnx.OnnxCheck.Result;
import dev.aorta.onnx.OnnxCheck.Verdict;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The standard's own cases, and networks that PyTorch exported. */
class StandardCasesTest {
    @Test
    void allNetworksAgreeWithPyTorch() throws IOException {
        List<Result> results = check(StandardCases.folder("models"), false);
        assertThat(results).hasSize(16).allSatisfy(r -> {
            assertThat(r.verdict()).as("%s: %s", r.model(), r.why()).isEqualTo(Verdict.RIGHT);
            assertThat(r.difference()).as("%s", r.model()).isLessThan(1e-4);
        });
    }

    /** In both orders of memory, so that every operator meets values that stand otherwise than the standard says. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void noCaseOfTheStandardIsWrong(boolean channelsLast) throws IOException {
        List<Result> results = check(StandardCases.folder("node"), channelsLast);
        assertThat(results)
                .filteredOn(r -> r.verdict() == Verdict.WRONG || r.verdict() == Verdict.UNTESTED)
                .extracting(r -> r.model() + ": " + r.why())
                .isEmpty();
        long right = results.stream().filter(r -> r.verdict() == Verdict.RIGHT).count();
        assertThat(right).isGreaterThanOrEqualTo((long) Math.ceil(0.95 * results.size()));
        assertThat(results)
                .filteredOn(r -> r.verdict() == Verdict.REFUSED)
                .allSatisfy(r -> assertThat(r.why()).contains(r.operators().firstKey()));
    }

    private static List<Result> check(Path folder, boolean channelsLast) throws IOException {
        OnnxCheck check = new OnnxCheck(Device.cpu(), channelsLast);
        List<Result> results = new ArrayList<>();
        for (Path model : OnnxCheck.models(folder)) {
            results.add(check.check(model));
        }
        return results;
    }
}
