package dev.aorta.unet;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** The program behind {@code break-it}: trials of harm that take too long for the build. */
final class BreakIt {
    private BreakIt() {}

    public static void main(String[] args) throws Exception {
        String what = args.length == 0 ? "" : args[0];
        String[] rest = Arrays.copyOfRange(args, Math.min(1, args.length), args.length);
        switch (what) {
            case "kills" -> kills(number(rest, 0, 50), number(rest, 1, System.nanoTime() % 100_000));
            default -> {
                System.err.println("""
                        usage: break-it kills [NUMBER [SEED]]      kill trainings, 50 times, and go on
                               break-it mutations [COUNT [SEED]]   read mutated files of every kind in a heap of 256 MiB
                               break-it bombs                      read small files that would take gigabytes or minutes
                               break-it environments               train on machines that lack or break something
                               break-it disks                      train on disks that are full, and go on when they have grown
                               break-it signals                    interrupt, stop and continue, begin five at once
                               break-it registries                 kill registrations, begin five at once, fill their disks""");
                System.exit(2);
            }
        }
    }

    private static long number(String[] args, int at, long otherwise) {
        return at < args.length ? Long.parseLong(args[at]) : otherwise;
    }

    private static void kills(long count, long seed) throws Exception {
        Path folder = Files.createTempDirectory("aorta-kills");
        System.out.printf("seed %d, in %s%n", seed, folder);
        Kills.Outcome outcome = new Kills(folder, seed).run((int) count);
        System.out.printf(
                "%d kills, %d of them after an epoch, in %d trainings: each ended with the bytes of the undisturbed one%n",
                outcome.kills(), outcome.inTraining(), outcome.trainings());
    }
}
