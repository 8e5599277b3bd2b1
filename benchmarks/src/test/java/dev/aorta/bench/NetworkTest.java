package dev.aorta.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.aorta.Device;
import dev.aorta.Parameter;
import dev.aorta.Scope;
import dev.aorta.Shape;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NetworkTest {

    @ParameterizedTest
    @ValueSource(strings = {"unet-16", "lab"})
    void hasTheParametersOfTheModelThatUsersTrain(String label) {
        Network network = Network.named(label);
        try (Scope model = Scope.open()) {
            Map<String, Shape> shapes = network.model(Device.cpu()).parameters().stream()
                    .collect(Collectors.toMap(Parameter::name, Parameter::shape));
            assertThat(Geometry.of(network, 1).parameters()).containsExactlyInAnyOrderEntriesOf(shapes);
        }
    }

    @Test
    void countsTheWorkOfTheUNet() {
        double one = Geometry.of(Network.named("unet-32"), 1).forwardFlop();
        assertThat(one).isEqualTo(24.1e9, within(0.1e9));
        assertThat(Geometry.of(Network.named("unet-32"), 4).forwardFlop()).isEqualTo(4 * one);
    }

    @Test
    void readsTheNameOfACase() {
        assertThat(Case.of("unet-32x4"))
                .isEqualTo(new Case(new Network.UNet(32), 4))
                .hasToString("unet-32x4");
        assertThat(Case.of("labx1")).hasToString("labx1");
        assertThatThrownBy(() -> Case.of("unet-32")).hasMessageContaining("NETWORKxBATCH");
        assertThatThrownBy(() -> Case.of("vggx1")).hasMessageContaining("no network 'vgg'");
    }
}
