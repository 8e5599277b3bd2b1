package dev.aorta.backend.cpu.winograd;

import dev.aorta.backend.ConvShape;

/**
 * How an image (batch, dstH, dstW) is cut into tiles of 4 x 4 pixels, each made from 6 x 6 pixels of (batch, srcH, srcW) that
 * begin padTop rows above and padLeft columns left of it.
 */
record WinogradTiles(int batch, int srcH, int srcW, int padTop, int padLeft, int dstH, int dstW) {
    /** Rows and columns of a tile of the destination. */
    static final int SIDE = 4;

    /** From x to y. */
    static WinogradTiles forward(ConvShape s) {
        return new WinogradTiles(s.batch(), s.inH(), s.inW(), s.padTop(), s.padLeft(), s.outH(), s.outW());
    }

    /** From dy to dx. */
    static WinogradTiles backward(ConvShape s) {
        return new WinogradTiles(s.batch(), s.outH(), s.outW(), 2 - s.padTop(), 2 - s.padLeft(), s.inH(), s.inW());
    }

    int down() {
        return Math.ceilDiv(dstH, SIDE);
    }

    int across() {
        return Math.ceilDiv(dstW, SIDE);
    }

    int count() {
        return batch * down() * across();
    }
}
