package dev.aorta.io;

import java.util.AbstractList;
import java.util.Arrays;
import java.util.RandomAccess;

/** Numbers of an array where they stand in the text: a large array is no object for each, until one is asked for. */
final class JsonNumbers extends AbstractList<Json> implements RandomAccess {
    /** Powers of ten that are exact as doubles. */
    private static final double[] TENS = new double[23];

    static {
        TENS[0] = 1;
        for (int i = 1; i < TENS.length; i++) {
            TENS[i] = TENS[i - 1] * 10;
        }
    }

    private final String text;
    private int[] places = new int[16]; // begin and end of each
    private int size;

    JsonNumbers(String text) {
        this.text = text;
    }

    void append(int begin, int end) {
        if (2 * size == places.length) {
            places = Arrays.copyOf(places, 2 * places.length);
        }
        places[2 * size] = begin;
        places[2 * size + 1] = end;
        size++;
    }

    @Override
    public Json get(int index) {
        if (index >= size) {
            throw new IndexOutOfBoundsException(index);
        }
        return new Json.Num(text.substring(places[2 * index], places[2 * index + 1]));
    }

    @Override
    public int size() {
        return size;
    }

    double[] toDoubles() {
        double[] values = new double[size];
        for (int i = 0; i < size; i++) {
            values[i] = toDouble(text, places[2 * i], places[2 * i + 1]);
        }
        return values;
    }

    /**
     * The double next to a number, as {@link Double#parseDouble}: up to 15 digits with up to 22 behind the point are two doubles that
     * are exact, and their quotient is rounded once.
     */
    static double toDouble(String text, int begin, int end) {
        boolean negative = text.charAt(begin) == '-';
        long digits = 0;
        int behind = -1; // digits behind the point, from when it is there
        int count = 0;
        for (int i = negative ? begin + 1 : begin; i < end; i++) {
            char c = text.charAt(i);
            if (c == '.') {
                behind = 0;
            } else if (c >= '0' && c <= '9' && count < 15) {
                digits = 10 * digits + c - '0';
                count += digits > 0 ? 1 : 0;
                behind += behind >= 0 ? 1 : 0;
            } else {
                return Double.parseDouble(text.substring(begin, end));
            }
        }
        if (behind >= TENS.length) {
            return Double.parseDouble(text.substring(begin, end));
        }
        double value = behind > 0 ? digits / TENS[behind] : digits;
        return negative ? -value : value;
    }
}
