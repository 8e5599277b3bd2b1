// Prints a TFRecord file, one line a feature: node read-records.js FILE
//     RECORD NAME bytes|ints|floats VALUE...     (bytes in hexadecimal, "-" for none)
"use strict";

const fs = require("fs");
const { TFRecordsReader } = require("@roboflow/tfrecords/src/tensorFlowReader");

const hex = (value) => Buffer.from(value).toString("hex") || "-";

const reader = new TFRecordsReader(fs.readFileSync(process.argv[2]));
reader.imageMessages.forEach((message, record) => {
    message.getContext().getFeatureMap().forEach((feature, name) => {
        const [kind, values] = feature.hasBytesList() ? ["bytes", feature.getBytesList().getValueList_asU8().map(hex)]
            : feature.hasFloatList() ? ["floats", feature.getFloatList().getValueList()]
            : ["ints", feature.getInt64List().getValueList()];
        console.log([record, name, kind, ...values].join(" "));
    });
});
