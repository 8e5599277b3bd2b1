"""The twin of Digits.java in PyTorch, for docs/compare.md: the same network, data, batches, epochs and rate."""
import gzip, struct, sys, time
import numpy as np
import torch
from torch import nn

started = time.time()
torch.manual_seed(42)
data = sys.argv[1] if len(sys.argv) > 1 else "docs/examples/data"


def idx(name):
    raw = gzip.open(f"{data}/{name}").read()
    dims = struct.unpack(f">{raw[3]}I", raw[4 : 4 + 4 * raw[3]])
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3]).reshape(dims)


x = torch.tensor(idx("digits-images.idx.gz") / 16.0, dtype=torch.float32).unsqueeze(1)
y = torch.tensor(idx("digits-labels.idx.gz"), dtype=torch.int64)
order = torch.randperm(len(x))
train, test = order[: int(0.8 * len(x))], order[int(0.8 * len(x)) :]
net = nn.Sequential(
    nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(),
    nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(),
    nn.MaxPool2d(2), nn.Flatten(), nn.Dropout(0.25), nn.Linear(4 * 4 * 32, 10),
)
adam = torch.optim.Adam(net.parameters(), lr=2e-3)
for epoch in range(6):
    net.train()
    for batch in train[torch.randperm(len(train))].split(32):
        adam.zero_grad()
        nn.functional.cross_entropy(net(x[batch]), y[batch]).backward()
        adam.step()
net.eval()
with torch.no_grad():
    accuracy = (net(x[test]).argmax(1) == y[test]).float().mean().item()
torch.save(net.state_dict(), "/tmp/digits.pt")
print(f"accuracy {accuracy:.4f}, {time.time() - started:.1f} s")
