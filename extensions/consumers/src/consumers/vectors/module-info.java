/** A module whose programs are started without any flag. */
module quickstart {
    requires dev.aorta;
    requires jdk.incubator.vector;
}
