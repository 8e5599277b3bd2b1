/** Aorta: tensors, automatic differentiation, layers, optimisers and data for deep learning, with handwritten CPU kernels. */
@org.jspecify.annotations.NullMarked
module dev.aorta {
    requires static java.desktop; // images of ImageFolder
    requires static jdk.incubator.vector;
    requires static org.jspecify;
    requires jdk.management;

    exports dev.aorta;
    exports dev.aorta.backend;
    exports dev.aorta.backend.cpu;
    exports dev.aorta.backend.reference;
    exports dev.aorta.cluster;
    exports dev.aorta.data;
    exports dev.aorta.explain;
    exports dev.aorta.io;
    exports dev.aorta.loss;
    exports dev.aorta.metric;
    exports dev.aorta.nn;
    exports dev.aorta.onnx;
    exports dev.aorta.op;
    exports dev.aorta.optim;
    exports dev.aorta.train;
    exports dev.aorta.zoo;

    uses dev.aorta.backend.BackendProvider;
}
