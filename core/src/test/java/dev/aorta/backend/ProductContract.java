package dev.aorta.backend;

/**
 * The part of {@link BackendContract} that tensor cores compute, for a backend that rounds factors: convolutions and the matrix
 * product. A subclass supplies the backend and {@link #productError}.
 */
public abstract class ProductContract implements ConvolutionContract, GemmContract {}
