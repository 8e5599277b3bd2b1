// What many numbers become one by; dev.aorta.backend.Reduction. A rule is a State, that of no element, what an element (its value and
// its index) and another State make of it, and the result for `length` elements.
#pragma once
#include "aorta.cuh"

struct Sum {
    typedef float State;
    static const int UNROLL = 4;  // loads of a thread that are on the way together
    __device__ static State none() { return 0.0f; }
    __device__ static void add(State& s, float v, int) { s += v; }
    __device__ static void merge(State& s, State other) { s += other; }
    __device__ static float result(State s, int) { return s; }
};

struct Mean : Sum {
    __device__ static float result(State s, int length) { return s / (float)length; }
};

struct SumOfSquares : Sum {
    __device__ static void add(State& s, float v, int) { s += v * v; }
};

// SIGN 1: the largest; -1: the smallest. A NaN wins.
template <int SIGN>
__device__ inline bool wins(float v, float over) {
    return SIGN * v > SIGN * over || (v != v && over == over);
}

template <int SIGN>
struct Extreme {
    typedef float State;
    static const int UNROLL = 4;
    __device__ static State none() { return SIGN * -INFINITY; }
    __device__ static void add(State& s, float v, int) { s = wins<SIGN>(v, s) ? v : s; }
    __device__ static void merge(State& s, State other) { add(s, other, 0); }
    __device__ static float result(State s, int) { return s; }
};

// Where the extreme is; of equals the first.
template <int SIGN>
struct IndexOfExtreme {
    struct State {
        float value;
        int index;  // -1 for none
    };
    static const int UNROLL = 2;
    __device__ static State none() { return {0.0f, -1}; }
    __device__ static void add(State& s, float v, int index) {
        if (s.index < 0 || wins<SIGN>(v, s.value)) s = {v, index};
    }
    __device__ static void merge(State& s, State other) {
        bool before = other.index < s.index && !wins<SIGN>(s.value, other.value);
        if (other.index >= 0 && (s.index < 0 || before || wins<SIGN>(other.value, s.value))) s = other;
    }
    __device__ static float result(State s, int) { return (float)s.index; }
};

// sum is that of exp(x - most).
struct LogSumExp {
    struct State {
        float most, sum;
    };
    static const int UNROLL = 1;
    __device__ static State none() { return {-INFINITY, 0.0f}; }
    __device__ static void add(State& s, float v, int) { merge(s, {v, 1.0f}); }
    __device__ static void merge(State& s, State other) {
        float e = other.most == s.most ? 1.0f : expf(-fabsf(other.most - s.most));  // both may be infinite
        s = other.most > s.most ? State{other.most, s.sum * e + other.sum} : State{s.most, s.sum + other.sum * e};
    }
    __device__ static float result(State s, int) { return s.most + logf(s.sum); }
};

// Puts the states of a block together over its lanes, `apart` threads from one to the next, in a tree; those of lane 0 are whole
// then. `shared` holds W * BLOCK states.
template <class Rule, int W>
__device__ inline void merge_lanes(typename Rule::State (&s)[W], typename Rule::State* shared, int lane, int lanes, int apart) {
    for (int j = 0; j < W; j++) shared[j * BLOCK + threadIdx.x] = s[j];
    for (int half = lanes / 2; half > 0; half /= 2) {
        __syncthreads();
        if (lane >= half) continue;
        for (int j = 0; j < W; j++) {
            typename Rule::State* mine = shared + j * BLOCK + threadIdx.x;
            Rule::merge(*mine, mine[half * apart]);
        }
    }
    for (int j = 0; j < W; j++) s[j] = shared[j * BLOCK + threadIdx.x];
}

// Writes the states of an output and its neighbours: as results where there is one chunk, else for merge_chunks.
template <class Rule, int W>
__device__ inline void finish(Output y, typename Rule::State* parts, typename Rule::State (&s)[W], int output, int outputs, int length) {
    if (gridDim.y > 1) {
        for (int j = 0; j < W; j++) parts[(size_t)blockIdx.y * outputs + output + j] = s[j];
        return;
    }
    Vec<W> out;
    for (int j = 0; j < W; j++) out.v[j] = Rule::result(s[j], length);
    y.put(output, out);
}

// Outputs (o, i) to (o, i + W - 1) of each thread, of x (outer, length, inner): lanes share the elements of an output, neighbouring
// threads have neighbouring outputs. grid (outputs, chunks of the length)
template <class Rule, int W>
__device__ inline void reduce_columns(
    Output y, typename Rule::State* parts, typename Rule::State* shared, Input x, int outer, int length, int inner, int lanes) {
    int columns = BLOCK / lanes, lane = threadIdx.x / columns, share = (length + gridDim.y - 1) / gridDim.y;
    unsigned run = blockIdx.x * columns + threadIdx.x % columns, runs = inner / W, o = run / runs, i = run % runs * W;
    int last = o < (unsigned)outer ? min_int((blockIdx.y + 1) * share, length) : 0;
    typename Rule::State s[W];
    for (int j = 0; j < W; j++) s[j] = Rule::none();
#pragma unroll Rule::UNROLL
    for (int k = blockIdx.y * share + lane; k < last; k += lanes) {
        Vec<W> v = x.get<W>(((size_t)o * length + k) * inner + i);
        for (int j = 0; j < W; j++) Rule::add(s[j], v.v[j], k);
    }
    merge_lanes<Rule, W>(s, shared, lane, lanes, columns);
    if (lane == 0 && o < (unsigned)outer) finish<Rule, W>(y, parts, s, o * inner + i, outer * inner, length);
}

// The same for inner = 1, where neighbouring threads have neighbouring elements, W each.
template <class Rule, int W>
__device__ inline void reduce_rows(
    Output y, typename Rule::State* parts, typename Rule::State* shared, Input x, int outer, int length, int lanes) {
    int lane = threadIdx.x % lanes, share = (length / W + gridDim.y - 1) / gridDim.y * W;
    unsigned o = blockIdx.x * (BLOCK / lanes) + threadIdx.x / lanes;
    int last = o < (unsigned)outer ? min_int((blockIdx.y + 1) * share, length) : 0;
    typename Rule::State s[1] = {Rule::none()};
#pragma unroll Rule::UNROLL
    for (int k = blockIdx.y * share + lane * W; k < last; k += lanes * W) {
        Vec<W> v = x.get<W>((size_t)o * length + k);
        for (int j = 0; j < W; j++) Rule::add(s[0], v.v[j], k + j);
    }
    merge_lanes<Rule, 1>(s, shared, lane, lanes, 1);
    if (lane == 0 && o < (unsigned)outer) finish<Rule, 1>(y, parts, s, o, outer, length);
}

template <class Rule>
__device__ inline void reduce(
    Output y, typename Rule::State* parts, typename Rule::State* shared, Input x, int outer, int length, int inner, int lanes) {
    if (inner == 1 && length % 8 == 0) reduce_rows<Rule, 8>(y, parts, shared, x, outer, length, lanes);
    else if (inner == 1) reduce_rows<Rule, 1>(y, parts, shared, x, outer, length, lanes);
    else if (inner % 8 == 0) reduce_columns<Rule, 8>(y, parts, shared, x, outer, length, inner, lanes);
    else reduce_columns<Rule, 1>(y, parts, shared, x, outer, length, inner, lanes);
}

// The results of parts (chunks, outputs).
template <class Rule>
__device__ inline void merge_chunks(
    Output y, const typename Rule::State* parts, typename Rule::State* shared, int chunks, int outputs, int length, int lanes) {
    int columns = BLOCK / lanes, lane = threadIdx.x / columns, output = blockIdx.x * columns + threadIdx.x % columns;
    typename Rule::State s[1] = {Rule::none()};
    if (output < outputs) {
#pragma unroll Rule::UNROLL
        for (int c = lane; c < chunks; c += lanes) Rule::merge(s[0], parts[(size_t)c * outputs + output]);
    }
    merge_lanes<Rule, 1>(s, shared, lane, lanes, columns);
    if (lane == 0 && output < outputs) y[output] = Rule::result(s[0], length);
}
