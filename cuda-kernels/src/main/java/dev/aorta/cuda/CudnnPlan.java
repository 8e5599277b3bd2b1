package dev.aorta.cuda;

import static jcuda.jcudnn.JCudnn.*;

import dev.aorta.backend.ConvShape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.cudnnActivationDescriptor;
import jcuda.jcudnn.cudnnActivationMode;
import jcuda.jcudnn.cudnnConvolutionBwdDataAlgoPerf;
import jcuda.jcudnn.cudnnConvolutionBwdFilterAlgoPerf;
import jcuda.jcudnn.cudnnConvolutionDescriptor;
import jcuda.jcudnn.cudnnConvolutionFwdAlgoPerf;
import jcuda.jcudnn.cudnnConvolutionMode;
import jcuda.jcudnn.cudnnDataType;
import jcuda.jcudnn.cudnnDeterminism;
import jcuda.jcudnn.cudnnFilterDescriptor;
import jcuda.jcudnn.cudnnHandle;
import jcuda.jcudnn.cudnnMathType;
import jcuda.jcudnn.cudnnNanPropagation;
import jcuda.jcudnn.cudnnTensorDescriptor;
import jcuda.jcudnn.cudnnTensorFormat;

/** One pass of one convolution as cuDNN wants it: descriptors, and the algorithms that may compute it. */
final class CudnnPlan implements AutoCloseable {
    /** cuDNN's three entry points. */
    enum Pass {
        FORWARD,
        GRAD_INPUT,
        GRAD_WEIGHT
    }

    record Key(Pass pass, ConvShape shape) {}

    /** An algorithm by cuDNN's number, and the workspace that it needs. */
    record Algorithm(int number, long workspaceBytes) {}

    private static final int NHWC = cudnnTensorFormat.CUDNN_TENSOR_NHWC;
    private static final int REPEATS = cudnnDeterminism.CUDNN_DETERMINISTIC;
    private static final int MOST_PROPOSALS = 8;
    private static final long MOST_WORKSPACE = 1L << 30;

    final cudnnTensorDescriptor x = new cudnnTensorDescriptor();
    final cudnnTensorDescriptor y = new cudnnTensorDescriptor();
    final cudnnTensorDescriptor bias = new cudnnTensorDescriptor();
    final cudnnFilterDescriptor w = new cudnnFilterDescriptor();
    final cudnnConvolutionDescriptor convolution = new cudnnConvolutionDescriptor();
    final cudnnActivationDescriptor relu = new cudnnActivationDescriptor();
    private final List<Runnable> created = new ArrayList<>();
    private final List<Algorithm> candidates = new ArrayList<>();

    /** Describes the convolution and asks for algorithms. The descriptor fixes the math type: JCudnn loses the proposals'. */
    CudnnPlan(cudnnHandle handle, Key key, CudaOptions.Math math, CudaOptions.Algorithms which) {
        try {
            create(cudnnCreateTensorDescriptor(x), () -> cudnnDestroyTensorDescriptor(x));
            create(cudnnCreateTensorDescriptor(y), () -> cudnnDestroyTensorDescriptor(y));
            create(cudnnCreateTensorDescriptor(bias), () -> cudnnDestroyTensorDescriptor(bias));
            create(cudnnCreateFilterDescriptor(w), () -> cudnnDestroyFilterDescriptor(w));
            create(cudnnCreateConvolutionDescriptor(convolution), () -> cudnnDestroyConvolutionDescriptor(convolution));
            create(cudnnCreateActivationDescriptor(relu), () -> cudnnDestroyActivationDescriptor(relu));
            describe(key.shape(), math);
            choose(handle, key.pass(), which);
        } catch (CudaException e) {
            close();
            throw e;
        }
    }

    private void create(int status, Runnable destroy) {
        check(status, "creation of a cuDNN descriptor");
        created.add(destroy);
    }

    private void describe(ConvShape s, CudaOptions.Math math) {
        int type =
                math == CudaOptions.Math.BFLOAT16 ? cudnnDataType.CUDNN_DATA_BFLOAT16 : cudnnDataType.CUDNN_DATA_FLOAT;
        check(cudnnSetTensor4dDescriptor(x, NHWC, type, s.batch(), s.inC(), s.inH(), s.inW()), "input of " + s);
        check(cudnnSetTensor4dDescriptor(y, NHWC, type, s.batch(), s.outC(), s.outH(), s.outW()), "output of " + s);
        check(cudnnSetTensor4dDescriptor(bias, NHWC, type, 1, s.outC(), 1, 1), "bias of " + s);
        check(
                cudnnSetFilter4dDescriptor(w, type, NHWC, s.outC(), s.inC() / s.groups(), s.kH(), s.kW()),
                "weight of " + s);
        check(
                cudnnSetConvolution2dDescriptor(
                        convolution,
                        s.padTop(),
                        s.padLeft(),
                        s.strideH(),
                        s.strideW(),
                        s.dilationH(),
                        s.dilationW(),
                        cudnnConvolutionMode.CUDNN_CROSS_CORRELATION,
                        cudnnDataType.CUDNN_DATA_FLOAT),
                "convolution " + s);
        check(cudnnSetConvolutionGroupCount(convolution, s.groups()), "groups of " + s);
        check(
                cudnnSetConvolutionMathType(
                        convolution,
                        switch (math) {
                            case TF32 -> cudnnMathType.CUDNN_DEFAULT_MATH;
                            case FP32 -> cudnnMathType.CUDNN_FMA_MATH;
                            case BFLOAT16 -> cudnnMathType.CUDNN_TENSOR_OP_MATH;
                        }),
                "cudnnSetConvolutionMathType");
        check(
                cudnnSetActivationDescriptor(
                        relu, cudnnActivationMode.CUDNN_ACTIVATION_RELU, cudnnNanPropagation.CUDNN_PROPAGATE_NAN, 0),
                "cudnnSetActivationDescriptor");
    }

    /** Whether cuDNN has an algorithm for this shape. */
    boolean usable() {
        return !candidates.isEmpty();
    }

    /** The algorithms that may compute this, the one that cuDNN thinks best first. */
    List<Algorithm> candidates() {
        return List.copyOf(candidates);
    }

    /** Leaves one candidate. */
    void decide(Algorithm algorithm) {
        candidates.retainAll(List.of(algorithm));
    }

    /**
     * Asks cuDNN for algorithms, the best first. Where it refuses the shape, JCudnn reads the number of proposals, which was
     * not written, and may take it for a fault of the array.
     */
    private void choose(cudnnHandle handle, Pass pass, CudaOptions.Algorithms which) {
        try {
            propose(handle, pass, which == CudaOptions.Algorithms.FASTEST);
        } catch (ArrayIndexOutOfBoundsException refused) {
            candidates.clear();
        }
        if (which == CudaOptions.Algorithms.DETERMINISTIC && usable()) {
            decide(candidates.getFirst());
        }
    }

    private void propose(cudnnHandle handle, Pass pass, boolean any) {
        int[] n = new int[1];
        switch (pass) {
            case FORWARD -> {
                var all = new cudnnConvolutionFwdAlgoPerf[MOST_PROPOSALS];
                Arrays.setAll(all, i -> new cudnnConvolutionFwdAlgoPerf());
                if (cudnnGetConvolutionForwardAlgorithm_v7(handle, x, w, convolution, y, all.length, n, all) == 0) {
                    Arrays.stream(all, 0, n[0])
                            .forEach(p -> consider(p.algo, p.status, any || p.determinism == REPEATS, p.memory));
                }
            }
            case GRAD_INPUT -> {
                var all = new cudnnConvolutionBwdDataAlgoPerf[MOST_PROPOSALS];
                Arrays.setAll(all, i -> new cudnnConvolutionBwdDataAlgoPerf());
                if (cudnnGetConvolutionBackwardDataAlgorithm_v7(handle, w, y, convolution, x, all.length, n, all)
                        == 0) {
                    Arrays.stream(all, 0, n[0])
                            .forEach(p -> consider(p.algo, p.status, any || p.determinism == REPEATS, p.memory));
                }
            }
            case GRAD_WEIGHT -> {
                var all = new cudnnConvolutionBwdFilterAlgoPerf[MOST_PROPOSALS];
                Arrays.setAll(all, i -> new cudnnConvolutionBwdFilterAlgoPerf());
                if (cudnnGetConvolutionBackwardFilterAlgorithm_v7(handle, x, y, convolution, w, all.length, n, all)
                        == 0) {
                    Arrays.stream(all, 0, n[0])
                            .forEach(p -> consider(p.algo, p.status, any || p.determinism == REPEATS, p.memory));
                }
            }
        }
    }

    private void consider(int algorithm, int status, boolean allowed, long bytes) {
        if (status == 0 && allowed && bytes <= MOST_WORKSPACE) {
            candidates.add(new Algorithm(algorithm, bytes));
        }
    }

    /** Numbers of cuDNN 9, which JCudnn's constants do not know; only 0 is compared. */
    static void check(int status, String what) {
        if (status != 0) {
            throw new CudaException(what + " failed: " + JCudnn.cudnnGetErrorString(status) + " (" + status + ")");
        }
    }

    @Override
    public void close() {
        created.forEach(Runnable::run);
        created.clear();
    }
}
