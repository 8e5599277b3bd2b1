package dev.aorta.backend;

/**
 * The parts of {@link BackendContract} that depend on how a backend multiplies and stores: convolutions, the matrix product, and
 * memory. A subclass supplies the backend and, where it rounds factors, {@link #productError}.
 */
public abstract class ProductContract implements ConvolutionContract, GemmContract, MemoryContract {}
