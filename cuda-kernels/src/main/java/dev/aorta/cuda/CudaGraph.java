package dev.aorta.cuda;

import dev.aorta.backend.AdamStep;
import dev.aorta.optim.Optimizer;
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
    private final @Nullable Optimizer optimizer;
    private @Nullable AdamStep captured;
    private boolean open = true;

    /** rate, 1 / (1 - beta1^step), 1 / (1 - beta2^step): what the captured optimiser reads at each replay. */
    final CudaBuffer live;

    CudaGraph(CudaBackend backend, CudaDevice device, @Nullable Optimizer optimizer, CudaBuffer live) {
        this.backend = backend;
        this.device = device;
        this.optimizer = optimizer;
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
        boolean ran = false;
        try {
            work.run();
            ran = true;
        } finally {
            device.bind();
            ended = JCudaDriver.cuStreamEndCapture(device.stream, graph);
            if (!ran && ended == 0) {
                JCudaDriver.cuGraphDestroy(graph);
            }
        }
        Cuda.check(ended, "cuStreamEndCapture");
        int instantiated = JCudaDriver.cuGraphInstantiate(executable, graph, 0);
        JCudaDriver.cuGraphDestroy(graph);
        Cuda.check(instantiated, "cuGraphInstantiate");
    }

    /** Notes the arguments of an optimiser call, of SGD its rate alone; those of one capture must agree, for one buffer serves them all. */
    void optimiser(AdamStep step) {
        if (optimizer == null) {
            throw new CudaException("[" + device.name
                    + "] the captured work holds an optimiser's step\n    cure      name it: capture(work, optimizer)");
        }
        if (captured != null && !captured.equals(step)) {
            throw new CudaException("[" + device.name + "] the captured work holds more than one optimiser's step: "
                    + captured + " and " + step);
        }
        captured = step;
    }

    /** Runs the captured work once more, with the rate and the step that its optimiser has come to, and counts the step. */
    public void replay() {
        synchronized (backend) {
            if (!open) {
                throw new IllegalStateException("[" + device.name + "] a captured graph is used after its close");
            }
            if (optimizer != null && captured != null) {
                long step = optimizer.steps() + 1;
                backend.setLive(live, captured.at((float) optimizer.rate(), step));
                optimizer.resumeAt(step);
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
