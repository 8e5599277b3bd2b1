package dev.aorta.cluster;

/** A group of one. */
final class Alone implements ProcessGroup {
    static final Alone INSTANCE = new Alone();

    @Override
    public int rank() {
        return 0;
    }

    @Override
    public int size() {
        return 1;
    }

    @Override
    public PendingSum begin(float[] values) {
        return new PendingSum() {
            @Override
            public void ready(int from, int to) {}

            @Override
            public void await() {}
        };
    }

    @Override
    public byte[] broadcast(byte[] content) {
        return content;
    }

    @Override
    public void close() {}
}
