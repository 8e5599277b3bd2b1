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
    /** cuDNN's entry points. */
    enum Pass {
        FORWARD,
        /** With bias and ReLU. */
        FUSED_FORWARD,
        GRAD_INPUT,
        GRAD_WEIGHT
    }

    record Key(Pass pass, ConvShape shape) {}

    /** An algorithm by cuDNN's number, and the workspace that it needs. */
    record Algorithm(int number, long workspaceBytes) {}

    private static final int NHWC = cudnnTensorFormat.CUDNN_TENSOR_NHWC;
    private static final int REPEATS = cudnnDeterminism.CUDNN_DETERMINISTIC;
    private static final int MOST_PROPOSALS = 8;
    /** There is one of this number in each pass. */
    private static final int COMMON_ALGORITHM = 1;

    /** CUDNN_STATUS_SUBLIBRARY_LOADING_FAILED. */
    private static final int PART_MISSING = 1002;

    private static final long MOST_WORKSPACE = 1L << 30;

    final cudnnTensorDescriptor x = new cudnnTensorDescriptor();
    final cudnnTensorDescriptor y = new cudnnTensorDescriptor();
    final cudnnTensorDescriptor bias = new cudnnTensorDescriptor();
    final cudnnFilterDescriptor w = new cudnnFilterDescriptor();
    final cudnnConvolutionDescriptor convolution = new cudnnConvolutionDescriptor();
    final cudnnActivationDescriptor relu = new cudnnActivationDescriptor();
    private final List<Runnable> created = new ArrayList<>();
    private final List<Algorithm> candidates = new ArrayList<>();

    /**
     * Describes the convolution and asks for algorithms. The descriptor fixes the math type: JCudnn loses the proposals'.
     *
     * @param any algorithms whose results do not repeat as well
     */
    CudnnPlan(cudnnHandle handle, Key key, CudaOptions.Math math, boolean any) {
        try {
            create(cudnnCreateTensorDescriptor(x), () -> cudnnDestroyTensorDescriptor(x));
            create(cudnnCreateTensorDescriptor(y), () -> cudnnDestroyTensorDescriptor(y));
            create(cudnnCreateTensorDescriptor(bias), () -> cudnnDestroyTensorDescriptor(bias));
            create(cudnnCreateFilterDescriptor(w), () -> cudnnDestroyFilterDescriptor(w));
            create(cudnnCreateConvolutionDescriptor(convolution), () -> cudnnDestroyConvolutionDescriptor(convolution));
            create(cudnnCreateActivationDescriptor(relu), () -> cudnnDestroyActivationDescriptor(relu));
            describe(key.shape(), math);
            choose(handle, key.pass(), any);
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

    /** The algorithms that may compute this, the one that cuDNN thinks best first; none where it has none for this shape. */
    List<Algorithm> candidates() {
        return List.copyOf(candidates);
    }

    /** Leaves one candidate. */
    void decide(Algorithm algorithm) {
        candidates.retainAll(List.of(algorithm));
    }

    /** Takes back a candidate that cuDNN proposed and does not run. */
    void drop(Algorithm algorithm) {
        candidates.remove(algorithm);
    }

    /**
     * Asks cuDNN for algorithms, the best first. Where it fails, JCudnn reads the number of proposals, which was not written,
     * and may take it for a fault of the array: then the status is lost, and another question has to bring it.
     *
     * @throws CudaException when cuDNN itself does not work, in contrast to not doing this shape
     */
    private void choose(cudnnHandle handle, Pass pass, boolean any) {
        int status;
        try {
            status = propose(handle, pass, any);
        } catch (ArrayIndexOutOfBoundsException lost) {
            candidates.clear();
            status = workspace(handle, pass, COMMON_ALGORITHM, new long[1]);
        }
        if (status / 1000 == 1) {
            check(status, "cuDNN's choice of algorithms");
        }
    }

    private int propose(cudnnHandle handle, Pass pass, boolean any) {
        int[] n = new int[1];
        int status;
        switch (pass) {
            case FORWARD, FUSED_FORWARD -> {
                var all = new cudnnConvolutionFwdAlgoPerf[MOST_PROPOSALS];
                Arrays.setAll(all, i -> new cudnnConvolutionFwdAlgoPerf());
                status = cudnnGetConvolutionForwardAlgorithm_v7(handle, x, w, convolution, y, all.length, n, all);
                Arrays.stream(all, 0, status == 0 ? n[0] : 0)
                        .filter(p -> p.status == 0 && (any || p.determinism == REPEATS))
                        .forEach(p -> consider(handle, pass, p.algo));
            }
            case GRAD_INPUT -> {
                var all = new cudnnConvolutionBwdDataAlgoPerf[MOST_PROPOSALS];
                Arrays.setAll(all, i -> new cudnnConvolutionBwdDataAlgoPerf());
                status = cudnnGetConvolutionBackwardDataAlgorithm_v7(handle, w, y, convolution, x, all.length, n, all);
                Arrays.stream(all, 0, status == 0 ? n[0] : 0)
                        .filter(p -> p.status == 0 && (any || p.determinism == REPEATS))
                        .forEach(p -> consider(handle, pass, p.algo));
            }
            case GRAD_WEIGHT -> {
                var all = new cudnnConvolutionBwdFilterAlgoPerf[MOST_PROPOSALS];
                Arrays.setAll(all, i -> new cudnnConvolutionBwdFilterAlgoPerf());
                status =
                        cudnnGetConvolutionBackwardFilterAlgorithm_v7(handle, x, y, convolution, w, all.length, n, all);
                Arrays.stream(all, 0, status == 0 ? n[0] : 0)
                        .filter(p -> p.status == 0 && (any || p.determinism == REPEATS))
                        .forEach(p -> consider(handle, pass, p.algo));
            }
            default -> throw new AssertionError(pass);
        }
        return status;
    }

    /**
     * Notes an algorithm once, with the workspace that it needs in the descriptor's math type: a proposal may be for another
     * one, and there may be two of the same algorithm.
     */
    private void consider(cudnnHandle handle, Pass pass, int algorithm) {
        long[] bytes = new long[1];
        int status = workspace(handle, pass, algorithm, bytes);
        var candidate = new Algorithm(algorithm, bytes[0]);
        if (status == 0 && bytes[0] <= MOST_WORKSPACE && !candidates.contains(candidate)) {
            candidates.add(candidate);
        }
    }

    private int workspace(cudnnHandle handle, Pass pass, int algorithm, long[] bytes) {
        return switch (pass) {
            case FORWARD, FUSED_FORWARD ->
                cudnnGetConvolutionForwardWorkspaceSize(handle, x, w, convolution, y, algorithm, bytes);
            case GRAD_INPUT ->
                cudnnGetConvolutionBackwardDataWorkspaceSize(handle, w, y, convolution, x, algorithm, bytes);
            case GRAD_WEIGHT ->
                cudnnGetConvolutionBackwardFilterWorkspaceSize(handle, x, y, convolution, w, algorithm, bytes);
        };
    }

    /** Whether a status says that cuDNN does not do this, not that something went wrong: 3000 to 3999. */
    static boolean isRefusal(int status) {
        return status / 1000 == 3;
    }

    /** Numbers of cuDNN 9, which JCudnn's constants do not know; only 0 is compared. */
    static void check(int status, String what) {
        if (status != 0) {
            throw new CudaException(what + " failed: " + JCudnn.cudnnGetErrorString(status) + " (" + status + ")"
                    + (status == PART_MISSING
                            ? "\n    cure      install all of cuDNN 9 in one version: libcudnn_graph, libcudnn_ops, libcudnn_cnn and the"
                                    + " engines lie beside libcudnn.so.9; or set aorta.cuda.libraries=none to use Aorta's own kernels"
                            : ""));
        }
    }

    @Override
    public void close() {
        created.forEach(Runnable::run);
        created.clear();
    }
}
