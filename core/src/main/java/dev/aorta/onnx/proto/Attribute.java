package dev.aorta.onnx.proto;

import java.util.List;

/** A constant of a node, with the standard's number of its kind. */
public sealed interface Attribute {
    /** The standard's number of the kind. */
    int kind();

    /** A float. */
    record OfFloat(float value) implements Attribute {
        @Override
        public int kind() {
            return 1;
        }
    }

    /** A whole number. */
    record OfInt(long value) implements Attribute {
        @Override
        public int kind() {
            return 2;
        }
    }

    /** A string. */
    record OfString(String value) implements Attribute {
        @Override
        public int kind() {
            return 3;
        }
    }

    /** A tensor. */
    record OfTensor(TensorProto value) implements Attribute {
        @Override
        public int kind() {
            return 4;
        }
    }

    /** A graph within the graph, as of control flow. */
    record OfGraph(Graph value) implements Attribute {
        @Override
        public int kind() {
            return 5;
        }
    }

    /** Floats. */
    record OfFloats(float... value) implements Attribute {
        @Override
        public int kind() {
            return 6;
        }
    }

    /** Whole numbers. */
    record OfInts(long... value) implements Attribute {
        @Override
        public int kind() {
            return 7;
        }
    }

    /** Strings. */
    record OfStrings(List<String> value) implements Attribute {
        public OfStrings {
            value = List.copyOf(value);
        }

        @Override
        public int kind() {
            return 8;
        }
    }

    /** A kind whose contents are not read. */
    record Other(int kind) implements Attribute {}
}
