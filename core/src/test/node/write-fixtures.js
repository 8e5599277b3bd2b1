// Writes the TFRecord fixtures: node write-fixtures.js ../resources/dev/aorta/data
"use strict";

const fs = require("fs");
const path = require("path");
const zlib = require("zlib");
const { FeatureType, TFRecordsBuilder } = require("@roboflow/tfrecords/src/tensorFlowBuilder");

const SIDE = 4;

/** Pixel i of image n: values up to 1800, as in the scans. */
function pixels(n, bytesPerPixel) {
    const image = Buffer.alloc(SIDE * SIDE * bytesPerPixel);
    for (let i = 0; i < SIDE * SIDE; i++) {
        const value = (n * 131 + i * 97) % (bytesPerPixel === 1 ? 256 : 1801);
        image.writeUIntLE(value, i * bytesPerPixel, Math.min(bytesPerPixel, 6));
    }
    return image;
}

function label(n) {
    return Buffer.from(Array.from({ length: SIDE * SIDE }, (_, i) => (i + n) % 3 === 0 ? 1 : 0));
}

function schemaA(n, bytesPerPixel) {
    const builder = new TFRecordsBuilder();
    builder.addFeature("height", FeatureType.Int64, SIDE);
    builder.addFeature("width", FeatureType.Int64, SIDE);
    builder.addFeature("depth", FeatureType.Int64, 1);
    builder.addFeature("img_raw", FeatureType.Binary, pixels(n, bytesPerPixel));
    builder.addFeature("label_raw", FeatureType.Binary, label(n));
    return builder.build();
}

function schemaB(n) {
    const builder = new TFRecordsBuilder();
    builder.addFeature("height", FeatureType.Int64, SIDE);
    builder.addFeature("width", FeatureType.Int64, SIDE);
    builder.addFeature("depth", FeatureType.Int64, 1);
    builder.addFeature("name", FeatureType.String, `SC-HF-I-${n} Ähre`);
    builder.addFeature("image_raw", FeatureType.Binary, pixels(n, 8));
    builder.addFeature("label_raw", FeatureType.Binary, label(n));
    return builder.build();
}

function kinds() {
    const builder = new TFRecordsBuilder();
    builder.addArrayFeature("ints", FeatureType.Int64, [0, 1, -1, 127, 128, 300, -2147483648, 9007199254740991]);
    builder.addArrayFeature("floats", FeatureType.Float, [0, -0.5, 1.5, 3.4028234663852886e38, Infinity]);
    builder.addArrayFeature("texts", FeatureType.String, ["aorta", "Herz ♥"]);
    builder.addFeature("empty", FeatureType.Binary, new Uint8Array(0));
    builder.addArrayFeature("none", FeatureType.Int64, []);
    return builder.build();
}

const folder = process.argv[2];
const files = {
    "npm-schema-a.tfrecords": [8, 4, 2, 1].map((bytes, n) => schemaA(n, bytes)),
    "npm-schema-b.tfrecords": [0, 1, 2].map(schemaB),
    "npm-kinds.tfrecords": [kinds()],
};
for (const [name, records] of Object.entries(files)) {
    fs.writeFileSync(path.join(folder, name), TFRecordsBuilder.buildTFRecords(records));
}
const schemaBFile = fs.readFileSync(path.join(folder, "npm-schema-b.tfrecords"));
fs.writeFileSync(path.join(folder, "npm-schema-b.tfrecords.gz"), zlib.gzipSync(schemaBFile));
fs.writeFileSync(path.join(folder, "npm-schema-b.tfrecords.zlib"), zlib.deflateSync(schemaBFile));
