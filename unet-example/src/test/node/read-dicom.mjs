// Reads DICOM segmentations and reports with dcmjs: how many frames and marked pixels, and which numbers.
import fs from 'fs';
import dcmjs from 'dcmjs';

const { DicomMessage, DicomMetaDictionary, BitArray } = dcmjs.data;
const list = (value) => (value === undefined ? [] : Array.isArray(value) ? value : [value]);
const first = (value) => list(value)[0];

function numbers(items, depth) {
    for (const item of list(items)) {
        if (item.ValueType === 'NUM') {
            const measured = first(item.MeasuredValueSequence);
            const unit = first(measured.MeasurementUnitsCodeSequence).CodeValue;
            console.log('  '.repeat(depth) + first(item.ConceptNameCodeSequence).CodeMeaning, measured.NumericValue, unit);
        }
        numbers(item.ContentSequence, depth + 1);
    }
}

for (const file of process.argv.slice(2)) {
    const bytes = fs.readFileSync(file);
    const whole = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
    const set = DicomMetaDictionary.naturalizeDataset(DicomMessage.readFile(whole).dict);
    if (set.Modality === 'SEG') {
        const pixels = BitArray.unpack(first(set.PixelData));
        const count = set.Rows * set.Columns * set.NumberOfFrames;
        const marked = pixels.slice(0, count).filter((pixel) => pixel !== 0).length;
        console.log('SEG', set.NumberOfFrames, 'frames,', marked, 'pixels,', list(set.SegmentSequence).map((s) => s.SegmentLabel));
    } else {
        console.log('SR', first(set.ConceptNameCodeSequence).CodeMeaning, first(set.ContentTemplateSequence).TemplateIdentifier);
        numbers(set.ContentSequence, 0);
    }
}
