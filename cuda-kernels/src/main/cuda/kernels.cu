// All kernels but those for tensor cores as one translation unit: `cuda-kernels/ptx` makes dev/aorta/cuda/kernels.ptx of it.
#include "pointwise.cu"
#include "reduce.cu"
#include "layout.cu"
#include "product.cu"
#include "pool.cu"
#include "norm.cu"
#include "loss.cu"
#include "optim.cu"
