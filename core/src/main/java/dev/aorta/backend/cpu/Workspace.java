package dev.aorta.backend.cpu;

/** What a kernel works with: threads, and memory for its intermediate values. */
record Workspace(Parallel parallel, BufferPool pool) {}
