#!/bin/bash
# Builds the software CUDA device: build.sh FOLDER OUT, with the PTX files in FOLDER. Leaves driver/libcuda.so.1, cuda12/libcublas.so.12,
# cuda13/libcublas.so.13, what these are linked with, and cudnn/libcudnn.so.9 under OUT.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd) ptx=$1 out=$2
mkdir -p "$out"/{driver,cuda12,cuda13,cudnn}
sed -n 's/.*\.entry \([a-z0-9_]*\)(.*/KERNEL(\1)/p' "$ptx"/*.ptx > "$out/kernels.inc"
flags=(-std=c++17 -O1 -g1 -fPIC -shared -fvisibility=hidden -Wall -Wextra -Wno-unused-variable -Wno-unused-parameter -Wno-unknown-pragmas
    -I"$here" -I"$here/../../main/cuda" -I"$out")
g++ "${flags[@]}" -fsanitize=alignment -fsanitize-undefined-trap-on-error -c "$here/kernels_host.cpp" -o "$out/kernels_host.o" &
kernels=$!
g++ "${flags[@]}" -c "$here/libcuda.cpp" -o "$out/libcuda.o" &
driver=$!
g++ "${flags[@]}" -c "$here/fibers.cpp" -o "$out/fibers.o"
wait "$kernels"
wait "$driver"
g++ -shared -Wl,-soname,libcuda.so.1 -o "$out/driver/libcuda.so.1" "$out"/*.o

library() { # source, soname, folder, flags...
    echo "$2 { global: ${1#lib}*; local: *; };" > "$out/$2.map"
    g++ "${flags[@]}" "${@:4}" "$here/$1.cpp" -Wl,-soname,"$2" -Wl,--version-script,"$out/$2.map" \
        "$out/driver/libcuda.so.1" -o "$out/$3/$2"
}
for major in 12 13; do
    for name in libcublasLt libnvrtc; do
        g++ "${flags[@]}" "$here/companion.cpp" -Wl,-soname,$name.so.$major -o "$out/cuda$major/$name.so.$major"
    done
    library libcublas libcublas.so.$major cuda$major -DCUBLAS_MAJOR=$major -Wl,--no-as-needed "$out/cuda$major/libcublasLt.so.$major"
done
library libcudnn libcudnn.so.9 cudnn
