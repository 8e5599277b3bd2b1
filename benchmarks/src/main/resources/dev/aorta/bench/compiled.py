"""Trains and runs the U-Net of `bench peers` by torch.compile: BASE BATCH LAYOUT THREADS RATE.

Prints `ready` once a step and an inference are compiled; then does what each line of standard input says, `step` or
`infer`, and answers `done`; ends with the input.
"""

import sys

import torch
from torch import nn
from torch.nn import functional as F

SIZE, CLASSES, DEPTH = 256, 2, 4


def twice(inputs, outputs):
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.Conv2d(outputs, outputs, 3, padding=1),
        nn.ReLU(inplace=True),
    )


class UNet(nn.Module):
    def __init__(self, base):
        super().__init__()
        widths = [base << level for level in range(DEPTH + 1)]
        self.down = nn.ModuleList(twice(i, o) for i, o in zip([1] + widths, widths))
        self.up = nn.ModuleList(nn.ConvTranspose2d(2 * w, w, 2, stride=2) for w in widths[:-1])
        self.join = nn.ModuleList(twice(2 * w, w) for w in widths[:-1])
        self.head = nn.Conv2d(base, CLASSES, 1)

    def forward(self, x):
        skips = []
        for level, block in enumerate(self.down):
            x = block(x if level == 0 else F.max_pool2d(x, 2))
            skips.append(x)
        for level in reversed(range(DEPTH)):
            x = self.join[level](torch.cat([skips[level], self.up[level](x)], 1))
        return self.head(x)


def adam(parameters, rate):
    try:
        return torch.optim.Adam(parameters, lr=rate, fused=True)
    except RuntimeError:  # before PyTorch 2.4 only on GPUs
        return torch.optim.Adam(parameters, lr=rate)


def main():
    base, batch, layout, threads, rate = sys.argv[1:]
    torch.set_num_threads(int(threads))
    torch.manual_seed(1)
    layout = torch.channels_last if layout == "channels-last" else torch.contiguous_format
    network = UNet(int(base)).to(memory_format=layout)
    compiled = torch.compile(network)
    images = torch.rand(int(batch), 1, SIZE, SIZE).to(memory_format=layout)
    labels = torch.randint(CLASSES, (int(batch), SIZE, SIZE))
    optimizer = adam(network.parameters(), float(rate))

    def step():
        optimizer.zero_grad()
        loss = F.cross_entropy(compiled(images), labels)
        loss.backward()
        optimizer.step()
        loss.item()

    def infer():
        with torch.no_grad():
            compiled(images)

    calls = {"step": step, "infer": infer}
    for call in calls.values():
        call()
    print("ready", flush=True)
    for line in sys.stdin:
        calls[line.strip()]()
        print("done", flush=True)


main()
