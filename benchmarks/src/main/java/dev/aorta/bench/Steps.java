package dev.aorta.bench;

/** The process that {@link StartCommand} watches: makes training steps, says when each is done, and how much memory it took. */
final class Steps {
    /** The line after each step. */
    static final String DONE = "step";

    private Steps() {}

    /** Arguments: a case and a number of steps. */
    public static void main(String[] args) {
        Case c = Case.of(args[0]);
        int threads = Runtime.getRuntime().availableProcessors();
        try (Aorta aorta = new Aorta(c.network(), Batch.random(c.batch(), 2), threads)) {
            for (int i = Integer.parseInt(args[1]); i > 0; i--) {
                aorta.step();
                System.out.println(DONE);
            }
        }
        System.out.println(Machine.peakMemory());
    }
}
