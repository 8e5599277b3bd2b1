package dev.aorta.backend.cpu.machine;

/** What a kernel works with: threads, and memory for its intermediate values. */
public record Workspace(Parallel parallel, BufferPool pool) {}
