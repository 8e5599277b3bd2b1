package quickstart;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.aorta.Device;
import org.junit.jupiter.api.Test;

class TrainTest {
    @Test
    void theVectorKernelsRun() {
        String kernels = Device.cpu().backend().description();
        assertTrue(kernels.contains("SIMD"), kernels);
    }

    @Test
    void theSamplesLieOnAGrid() {
        float[] point = new float[2];
        float[] label = new float[1];
        new Train.Circle(3).read(4, point, label);
        assertEquals(0, point[0] + point[1]);
        assertEquals(1, label[0]);
    }
}
