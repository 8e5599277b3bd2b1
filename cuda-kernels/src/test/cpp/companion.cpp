// Stands for a library that others only have to find: libcublasLt, which cuBLAS is linked with and which lies beside it, and
// libnvrtc, which cuDNN opens by its name.
extern "C" __attribute__((visibility("default"))) int companion_present() { return 0; }
