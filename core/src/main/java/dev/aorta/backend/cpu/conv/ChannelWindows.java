package dev.aorta.backend.cpu.conv;

import dev.aorta.backend.cpu.machine.Lanes;
import dev.aorta.backend.cpu.machine.Scratch;
import dev.aorta.backend.cpu.machine.Scratch.Slot;
import dev.aorta.backend.cpu.machine.Simd;
import dev.aorta.backend.cpu.machine.Tuning;
import dev.aorta.backend.cpu.product.WindowRows;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A grid of windows on an image, for results whose channels each see their own channels of the image. The grid is cut into
 * tiles and the channels of the result into blocks of {@link #LANES}; what a tile sees is copied, with its padding, as {@code
 * [source channel of the group][row][column][lane]}, so that a tap is an offset and needs no test.
 */
final class ChannelWindows {
    /** Channels of the result in a block. */
    static final int LANES = Simd.BITS == 0 ? 8 : Simd.LANES;
    /** Most rows and columns of a tile. */
    static final int MOST_SIDE = 4 * Tuning.GROUP_TILE;

    /** An image tensor, 0 where there is a mask that is not above 0, and its channels in a group. */
    record Source(float[] data, float @Nullable [] mask, int batch, int h, int w, int channels, int perGroup) {}

    /** Tiles of all images. */
    final int tiles;
    /** Blocks of channels. */
    final int blocks;
    /** Floats of what a tile sees. */
    final int size;
    /** For each source channel of a group and each tap, its distance from the window's place. */
    final int[] offsets;
    /** Places of the pixels of a tile one after the other. */
    final int[] inOrder;

    private final Source source;
    private final WindowRows.Grid grid;
    /** For each channel of the result, the first channel of its group in the source. */
    private final int[] first;
    /** For each source channel of a group and each channel of the result, its distance from the first of the block. */
    private final int[][] lanesOf;

    private final boolean depthwise;
    private final int top;
    private final int left;
    private final int spanY;
    private final int spanX;
    private final int tileH;
    private final int tileW;
    private final int tilesY;
    private final int tilesX;
    private final int columns;
    private final int plane;
    /** Places of the windows of a tile, and of the last tile of a row. */
    private final int[][] places;

    /**
     * Windows on an image.
     *
     * @param channels of the result
     * @param perGroup channels of the result in a group
     * @param tapY for each tap, its row relative to the window
     * @param tapX for each tap, its column relative to the window
     */
    ChannelWindows(Source source, int channels, int perGroup, int[] tapY, int[] tapX, WindowRows.Grid grid) {
        this.source = source;
        this.grid = grid;
        first = new int[channels];
        Arrays.setAll(first, c -> c / perGroup * source.perGroup);
        lanesOf = new int[source.perGroup][Math.ceilDiv(channels, LANES) * LANES];
        for (int i = 0; i < source.perGroup; i++) {
            for (int c = 0; c < channels; c++) {
                lanesOf[i][c] = first[c] - first[c / LANES * LANES] + i;
            }
        }
        depthwise = perGroup == 1 && source.perGroup == 1;
        top = Arrays.stream(tapY).min().orElse(0);
        left = Arrays.stream(tapX).min().orElse(0);
        spanY = Arrays.stream(tapY).max().orElse(0) - top + 1;
        spanX = Arrays.stream(tapX).max().orElse(0) - left + 1;
        int height = Math.min(grid.h(), Math.clamp(spanY, Tuning.GROUP_TILE, MOST_SIDE));
        int width = Math.min(grid.w(), Math.clamp(spanX, 2 * Tuning.GROUP_TILE, MOST_SIDE));
        long most = Math.max(Tuning.GROUP_PIXELS, 4L * spanY * spanX);
        while (height * width > 1 && (long) seenRows(height) * seenColumns(width) > most) {
            if (height > width) {
                height = Math.ceilDiv(height, 2);
            } else {
                width = Math.ceilDiv(width, 2);
            }
        }
        tileH = height;
        tileW = width;
        tilesY = Math.ceilDiv(grid.h(), tileH);
        tilesX = Math.ceilDiv(grid.w(), tileW);
        tiles = source.batch * tilesY * tilesX;
        blocks = Math.ceilDiv(channels, LANES);
        columns = seenColumns(tileW);
        plane = seenRows(tileH) * columns * LANES;
        size = plane * source.perGroup;
        offsets = new int[source.perGroup * tapY.length];
        Arrays.setAll(offsets, k -> {
            int t = k % tapY.length;
            return k / tapY.length * plane + ((tapY[t] - top) * columns + tapX[t] - left) * LANES;
        });
        places = tables(grid.stepY() * columns * LANES, grid.stepX() * LANES);
        inOrder = new int[tileH * tileW];
        Arrays.setAll(inOrder, i -> i * LANES);
    }

    private int seenRows(int rows) {
        return (rows - 1) * grid.stepY() + spanY;
    }

    private int seenColumns(int columns) {
        return (columns - 1) * grid.stepX() + spanX;
    }

    /** Where the pixels of a tile are, row after row: of a full one, and of the last one in a row of tiles. */
    private int[][] tables(int stepY, int stepX) {
        int last = grid.w() - (tilesX - 1) * tileW;
        int[][] tables = {new int[tileH * tileW], new int[tileH * last]};
        Arrays.setAll(tables[0], i -> i / tileW * stepY + i % tileW * stepX);
        Arrays.setAll(tables[1], i -> i / last * stepY + i % last * stepX);
        return tables;
    }

    /** Blocks that a task takes so that there are enough tasks when each has one of {@code parts} parts of the grid. */
    int blocksPerTask(int parts) {
        return Math.ceilDiv(blocks, Math.min(blocks, Math.ceilDiv(Tuning.TASKS, parts)));
    }

    /** Windows of a tile that is not cut off. */
    int tilePixels() {
        return tileH * tileW;
    }

    boolean isLastInRow(int tile) {
        return tile % tilesX == tilesX - 1;
    }

    /** Windows of a tile. */
    int pixels(int tile) {
        return rows(tile) * width(tile);
    }

    /** Where in the copy the windows of a tile begin. */
    int[] places(int tile) {
        return places[isLastInRow(tile) ? 1 : 0];
    }

    /** Where in a result the pixels of a tile are, relative to its first, for {@link #places}'s two kinds of tiles. */
    int[][] placesIn(WindowRows.Target t) {
        return tables(t.stepY() * t.w() * t.channels(), t.stepX() * t.channels());
    }

    /** Where in a result the first pixel of a tile is. */
    int firstPlace(WindowRows.Target t, int tile) {
        int y = image(tile) * t.h() + t.y() + y(tile) * t.stepY();
        return (y * t.w() + t.x() + x(tile) * t.stepX()) * t.channels();
    }

    private int image(int tile) {
        return tile / (tilesY * tilesX);
    }

    private int y(int tile) {
        return tile / tilesX % tilesY * tileH;
    }

    private int x(int tile) {
        return tile % tilesX * tileW;
    }

    private int rows(int tile) {
        return Math.min(tileH, grid.h() - y(tile));
    }

    private int width(int tile) {
        return Math.min(tileW, grid.w() - x(tile));
    }

    /** Copies what the windows of a tile see for a block of channels. */
    void pack(float[] dst, int tile, int block) {
        int x = x(tile) * grid.stepX() + left;
        int n = seenColumns(width(tile));
        int from = Math.clamp(-x, 0, n);
        int to = Math.clamp(source.w - x, from, n);
        int y = y(tile) * grid.stepY() + top;
        for (int r = 0; r < seenRows(rows(tile)); r++) {
            int at = r * columns * LANES;
            boolean inside = y + r >= 0 && y + r < source.h;
            int begin = inside ? from : n;
            int end = inside ? to : n;
            for (int i = 0; i < source.perGroup; i++) {
                Arrays.fill(dst, i * plane + at, i * plane + at + begin * LANES, 0);
                Arrays.fill(dst, i * plane + at + end * LANES, i * plane + at + n * LANES, 0);
            }
            int pixel = (image(tile) * source.h + y + r) * source.w + x + begin;
            packPixels(dst, at + begin * LANES, pixel * source.channels, end - begin, block * LANES);
        }
    }

    private void packPixels(float[] dst, int at, int from, int n, int channel) {
        int lanes = Math.min(LANES, first.length - channel);
        if (depthwise) {
            copyRows(dst, at, LANES, source, from + channel, n, lanes);
            return;
        }
        int begin = first[channel];
        int width = first[channel + lanes - 1] + source.perGroup - begin;
        int step = Math.ceilDiv(width, LANES) * LANES;
        float[] row = Scratch.floats(Slot.TASK_C, columns * step);
        copyRows(row, 0, step, source, from + begin, n, width);
        for (int i = 0; i < source.perGroup; i++) {
            ChannelLanes.spread(dst, i * plane + at, row, step, n, lanesOf[i], channel);
        }
    }

    /** Copies a block of the channels that a tensor laid out as the result has at the windows of a tile, one after the other. */
    void packResult(float[] dst, int tile, int block, Source result) {
        int width = width(tile);
        int channel = block * LANES;
        for (int r = 0; r < rows(tile); r++) {
            int pixel = (image(tile) * result.h + y(tile) + r) * result.w + x(tile);
            int lanes = Math.min(LANES, result.channels - channel);
            copyRows(dst, r * width * LANES, LANES, result, pixel * result.channels + channel, width, lanes);
        }
    }

    private static void copyRows(float[] dst, int at, int step, Source source, int from, int n, int lanes) {
        if (source.mask == null) {
            Lanes.copyRows(dst, at, step, source.data, from, source.channels, n, lanes);
        } else {
            Lanes.copyRowsWhere(dst, at, step, source.data, source.mask, from, source.channels, n, lanes);
        }
    }
}
