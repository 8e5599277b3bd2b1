"""Times Python's json on the files of DataBenchmark's jsonLines rows: the best of five readings of each, in milliseconds."""
import json
import os
import tempfile
import time

LINES, NUMBERS = 2000, 784


def line(number, whole):
    greys = [(number * 31 + i * 17) % 256 for i in range(NUMBERS)]
    numbers = ", ".join(str(g) if whole else f"{g / 255:.6f}" for g in greys)
    return f'{{"pixels": [{numbers}], "digit": {number % 10}}}\n'


with tempfile.TemporaryDirectory() as folder:
    for whole in (True, False):
        name = os.path.join(folder, "numbers.jsonl")
        with open(name, "w") as out:
            out.writelines(line(i, whole) for i in range(LINES))
        times = []
        for _ in range(5):
            begin = time.perf_counter()
            with open(name) as lines:
                samples = [json.loads(text) for text in lines]
            times.append(time.perf_counter() - begin)
        kind = "whole numbers" if whole else "fractions"
        print(f"{kind}: {os.path.getsize(name) / 1e6:.1f} MB, {min(times) * 1e3:.1f} ms")
