package dev.aorta.cuda;

import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUstreamCaptureMode;
import jcuda.driver.JCudaDriver;
import org.jspecify.annotations.Nullable;

/**
 * Work that was captured once and is launched as a whole, at the cost of one launch; made by {@link CudaBackend#capture}.
 *
 * <p>It works on the buffers that the captured work used: upload the next batch into the same input buffers, replay, and read
 * the same outputs. Blocks that were released within the work stay reserved for it until it is closed.
 */
public final class CudaGraph implements AutoCloseable {
    private final CudaBackend backend;
    private final CudaDevice device;
    private final CUgraphExec executable = new CUgraphExec();
    private final FreeBlocks blocks = new FreeBlocks();
    private @Nullable AdamRates rates;
    private boolean open = true;

    /** What an optimiser's calls in the captured work must have in common. */
    private record AdamRates(float rate, float beta1, float beta2) {}

    /** rate, 1 / (1 - beta1^step), 1 / (1 - beta2^step): what the captured optimiser reads at each replay. */
    final CudaBuffer live;

    CudaGraph(CudaBackend backend, CudaDevice device, CudaBuffer live) {
        this.backend = backend;
        this.device = device;
        this.live = live;
    }

    FreeBlocks blocks() {
        return blocks;
    }

    /** Records {@code work} instead of running it. */
    void record(Runnable work) {
        device.bind();
        Cuda.check(
                JCudaDriver.cuStreamBeginCapture(
                        device.stream, CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL),
                "cuStreamBeginCapture");
        var graph = new CUgraph();
        int ended;
        try {
            work.run();
        } finally {
            device.bind();
            ended = JCudaDriver.cuStreamEndCapture(device.stream, graph);
        }
        Cuda.check(ended, "cuStreamEndCapture");
        int instantiated = JCudaDriver.cuGraphInstantiate(executable, graph, 0);
        JCudaDriver.cuGraphDestroy(graph);
        Cuda.check(instantiated, "cuGraphInstantiate");
    }

    /** Notes the arguments of an optimiser call; those of one capture must agree, for one buffer serves them all. */
    void optimiser(float rate, float beta1, float beta2) {
        var these = new AdamRates(rate, beta1, beta2);
        if (rates != null && !rates.equals(these)) {
            throw new CudaException(
                    "[" + device.name + "] optimiser calls with different rates or betas in one captured step: " + rates
                            + " and " + these);
        }
        rates = these;
    }

    /**
     * Runs the captured work once more.
     *
     * @param rate the learning rate of captured optimiser calls
     * @param step their step, counted from 1
     */
    public void replay(float rate, long step) {
        synchronized (backend) {
            if (!open) {
                throw new IllegalStateException("[" + device.name + "] a captured graph is used after its close");
            }
            if (rates != null) {
                backend.upload(live, new float[] {
                    rate, CudaBackend.correction(rates.beta1, step), CudaBackend.correction(rates.beta2, step)
                });
            }
            device.bind();
            Cuda.check(JCudaDriver.cuGraphLaunch(executable, device.stream), "cuGraphLaunch");
        }
    }

    /** Gives the graph's memory back. */
    @Override
    public void close() {
        synchronized (backend) {
            if (open) {
                open = false;
                device.bind();
                Cuda.check(JCudaDriver.cuGraphExecDestroy(executable), "cuGraphExecDestroy");
                backend.forget(this);
            }
        }
    }
}
