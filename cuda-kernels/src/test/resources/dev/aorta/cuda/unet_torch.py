"""Times the U-Net of gpu-check in PyTorch, as GpuTimings times it in Aorta, and prints one JSON object a line.

    python3 unet_torch.py --device cuda --side 256 --depth 4 --sizes 64x32 16x1 --millis 60 --seconds 150

A size is BASExBATCH. Three ways: eager; channels-last with AMP in bfloat16; torch.compile of the latter. What is not begun within
the seconds is not measured, and says so.
"""
import argparse
import json
import statistics
import sys
import time

try:
    import torch
except ImportError as e:
    print(json.dumps({"missing": f"{sys.executable}: {e}"}))
    sys.exit()
from torch import nn
from torch.nn import functional as F

WAYS = {  # memory format, bfloat16, compiled
    "eager": (torch.contiguous_format, False, False),
    "channels-last AMP": (torch.channels_last, True, False),
    "compile": (torch.channels_last, True, True),
}


def block(channels, out):
    return nn.Sequential(
        nn.Conv2d(channels, out, 3, padding=1), nn.ReLU(inplace=True), nn.Conv2d(out, out, 3, padding=1), nn.ReLU(inplace=True))


class UNet(nn.Module):
    """CheckNet: two 3x3 convolutions a level, 2x2 maxima down, 2x2 transposed convolutions up, two classes."""

    def __init__(self, base, depth):
        super().__init__()
        widths = [base << level for level in range(depth + 1)]
        self.down = nn.ModuleList(block(i, o) for i, o in zip([1] + widths, widths))
        self.up = nn.ModuleList(nn.ConvTranspose2d(2 * w, w, 2, stride=2) for w in reversed(widths[:-1]))
        self.join = nn.ModuleList(block(2 * w, w) for w in reversed(widths[:-1]))
        self.head = nn.Conv2d(base, 2, 1)

    def forward(self, x):
        skips = []
        for level, down in enumerate(self.down):
            x = down(x if level == 0 else F.max_pool2d(x, 2))
            skips.append(x)
        skips.pop()
        for up, join in zip(self.up, self.join):
            x = join(torch.cat([skips.pop(), up(x)], 1))
        return self.head(x)


def median_ms(work, wait, millis):
    work()
    work()
    wait()
    times = []
    end = time.perf_counter() + millis / 1000
    while not times or time.perf_counter() < end:
        start = time.perf_counter()
        work()
        wait()
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times)


def measure(args, base, batch, layout, bfloat16, compiled):
    """Yields what was timed and its milliseconds."""
    cuda = args.device == "cuda"
    wait = torch.cuda.synchronize if cuda else lambda: None
    net = UNet(base, args.depth).to(args.device, memory_format=layout)
    print(json.dumps({"base": base, "parameters": sum(p.numel() for p in net.parameters())}))
    adam = torch.optim.Adam(net.parameters(), lr=1e-3, fused=cuda)
    image = torch.zeros(batch, 1, args.side, args.side)
    x = image.to(args.device, memory_format=layout)
    labels = torch.zeros(batch, args.side, args.side, dtype=torch.long, device=args.device)
    torch.compiler.reset()  # else later sizes are compiled for any size, and after eight not at all
    run = torch.compile(net) if compiled else net

    def step():
        adam.zero_grad(set_to_none=True)
        with torch.autocast(args.device, dtype=torch.bfloat16, enabled=bfloat16):
            loss = F.cross_entropy(run(x), labels)
        loss.backward()
        adam.step()

    def inference():
        with torch.no_grad(), torch.autocast(args.device, dtype=torch.bfloat16, enabled=bfloat16):
            run(image.to(args.device, memory_format=layout))

    yield "training step", median_ms(step, wait, args.millis)
    yield "inference", median_ms(inference, wait, args.millis)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--device", choices=["cuda", "cpu"], required=True)
    parser.add_argument("--sizes", nargs="+", required=True)
    for number in ("side", "depth", "millis", "seconds"):
        parser.add_argument("--" + number, type=int, required=True)
    args = parser.parse_args()
    end = time.perf_counter() + args.seconds
    torch.backends.cudnn.benchmark = True
    name = torch.cuda.get_device_name() if args.device == "cuda" and torch.cuda.is_available() else args.device
    print(json.dumps({"torch": torch.__version__, "device": name}), flush=True)
    for size in args.sizes:
        base, batch = map(int, size.split("x"))
        for how, way in WAYS.items():
            row = {"base": base, "batch": batch, "how": how}
            try:
                if time.perf_counter() > end:
                    raise TimeoutError(f"not measured: the {args.seconds} seconds were used up")
                for what, ms in measure(args, base, batch, *way):
                    print(json.dumps({**row, "what": what, "ms": ms}), flush=True)
            except Exception as e:  # out of memory, no compiler, …: the other figures go on
                print(json.dumps({**row, "error": (str(e) or repr(e)).splitlines()[0]}), flush=True)


main()
