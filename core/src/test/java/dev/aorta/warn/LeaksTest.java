package dev.aorta.warn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aorta.Device;
import dev.aorta.JavaRun;
import dev.aorta.Scope;
import dev.aorta.Tensor;
import dev.aorta.nn.Layers;
import dev.aorta.nn.Model;
import java.util.List;
import org.junit.jupiter.api.Test;

class LeaksTest {
    @Test
    void whatIsOpenIsNamedWithItsPlace() {
        Scope scope = Scope.open();
        Tensor.of(Device.cpu(), new float[] {1}, 1);
        Model model = Model.of(() -> new Layers(Device.cpu(), 1).linear(2, 3));
        assertThat(Leaks.open())
                .hasSize(2)
                .anySatisfy(leak -> assertThat(leak)
                        .contains("the scope of LeaksTest.whatIsOpenIsNamedWithItsPlace")
                        .contains("    at dev.aorta.warn.LeaksTest.whatIsOpenIsNamedWithItsPlace(LeaksTest.java:"))
                .anySatisfy(leak -> assertThat(leak).startsWith("Model of linear1 was never closed"));
        scope.close();
        model.close();
        assertThat(Leaks.open()).isEmpty();
    }

    static final class Forgetful {
        private Forgetful() {}

        public static void main(String[] args) {
            System.setProperty("java.util.logging.SimpleFormatter.format", "%5$s%n");
            Scope.open();
            System.setErr(System.out);
        }
    }

    @Test
    void theEndOfTheProcessLogsIt() throws Exception {
        JavaRun run = JavaRun.of(List.of("-Daorta.leaks=true"), Forgetful.class);
        assertThat(run.exit()).isZero();
        assertThat(run.out()).anySatisfy(line -> assertThat(line).contains("was never closed; it was opened"));
        assertThat(JavaRun.of(List.of(), Forgetful.class).out()).isEmpty();
    }
}
