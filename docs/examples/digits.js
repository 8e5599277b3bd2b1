// The twin of Digits.java in Keras' API, as TensorFlow.js has it, for docs/compare.md: the same network, data, batches, epochs and rate.
const tf = require("@tensorflow/tfjs");
const { gunzipSync } = require("zlib");
const { readFileSync } = require("fs");

const started = Date.now();
const data = process.argv[2] ?? "docs/examples/data";

function idx(name) {
  const raw = gunzipSync(readFileSync(`${data}/${name}`));
  return raw.subarray(4 + 4 * raw[3]);
}

async function main() {
  const labels = idx("digits-labels.idx.gz");
  const pixels = tf.tensor(Float32Array.from(idx("digits-images.idx.gz"), p => p / 16), [labels.length, 8, 8, 1]);
  const order = tf.tensor1d(Array.from(tf.util.createShuffledIndices(labels.length)), "int32");
  const count = Math.floor(0.8 * labels.length);
  const x = tf.split(pixels.gather(order), [count, labels.length - count]);
  const y = tf.split(tf.tensor1d(Array.from(labels), "float32").gather(order), [count, labels.length - count]);
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({ inputShape: [8, 8, 1], filters: 16, kernelSize: 3, padding: "same", activation: "relu" }),
      tf.layers.conv2d({ filters: 32, kernelSize: 3, padding: "same", activation: "relu" }),
      tf.layers.maxPooling2d({ poolSize: 2 }),
      tf.layers.flatten(),
      tf.layers.dropout({ rate: 0.25 }),
      tf.layers.dense({ units: 10, activation: "softmax" }),
    ],
  });
  model.compile({ optimizer: tf.train.adam(2e-3), loss: "sparseCategoricalCrossentropy", metrics: ["accuracy"] });
  await model.fit(x[0], y[0], { batchSize: 32, epochs: 6, verbose: 0 });
  const accuracy = model.evaluate(x[1], y[1])[1].dataSync()[0];
  console.log(`accuracy ${accuracy.toFixed(4)}, ${((Date.now() - started) / 1000).toFixed(1)} s`);
}
main();
