/** A module that needs the library and nothing else; its programs are started with the vector module. */
module quickstart {
    requires dev.aorta;
}
