package dev.aorta.cuda;

/** CUDA refused or failed; the message names the device, the call, CUDA's own text and what to do where that is known. */
public final class CudaException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    CudaException(String message) {
        super(message);
    }
}
