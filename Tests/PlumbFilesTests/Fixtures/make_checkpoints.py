"""Makes the PyTorch checkpoints of the tests; needs torch and safetensors.

strided.*.pth hold the same state dict in both formats; expected.safetensors has its tensors as
torch reads them, in row-major order.
"""
import collections
import pathlib
import pickle
import warnings
import zipfile

import torch
from safetensors.torch import save_file

warnings.simplefilter("ignore")
here = pathlib.Path(__file__).parent
torch.manual_seed(11)

base = torch.arange(60, dtype=torch.float32).reshape(3, 4, 5)
shared = torch.arange(20, dtype=torch.float32)
state = collections.OrderedDict(
    plain=torch.randn(3, 5),
    transposed=torch.randn(4, 7).t(),
    permuted=base.permute(2, 0, 1),
    every_second=base[:, 1::2, ::2],
    first_half=shared[:10],
    second_half=shared[10:].reshape(2, 5),
    expanded=torch.tensor([[1.0], [2.0]]).expand(2, 3),
    number=torch.tensor(7, dtype=torch.int64),
    empty=torch.zeros(0, 3),
    parameter=torch.nn.Parameter(torch.tensor([0.5])),
)
for dtype in (torch.float64, torch.float16, torch.bfloat16, torch.int32, torch.int16, torch.int8,
              torch.uint8, torch.bool):
    state[f"types.{str(dtype).removeprefix('torch.')}"] = torch.tensor([0, 1, 100]).to(dtype)

save_file({name: tensor.detach().clone().contiguous() for name, tensor in state.items()},
          here / "expected.safetensors")
torch.save(state, here / "strided.zip.pth")
torch.save(state, here / "strided.legacy.pth", _use_new_zipfile_serialization=False)

# Another program's zip: deflated members.
with zipfile.ZipFile(here / "strided.zip.pth") as source, \
        zipfile.ZipFile(here / "strided.deflated.pth", "w", zipfile.ZIP_DEFLATED) as target:
    for info in source.infolist():
        target.writestr(zipfile.ZipInfo(info.filename), source.read(info),
                        compress_type=zipfile.ZIP_DEFLATED)

# What training scripts save.
training = {"epoch": 3, "lr": 1e-3, "best": -12345678901234567890, "name": "run", "done": False,
            "size": torch.Size([2, 3]), "none": None,
            "state_dict": {"layers": [torch.ones(2), {"bias": torch.zeros(1)}]}}
torch.save(training, here / "training.zip.pth")
torch.save(torch.ones(2, 2), here / "tensor.legacy.pth", _use_new_zipfile_serialization=False)


class Hostile:
    def __reduce__(self):
        import os
        return os.system, ("echo hostile",)


torch.save({"weight": torch.ones(1), "x": Hostile()}, here / "hostile.zip.pth")
with zipfile.ZipFile(here / "script.zip.pt", "w") as target:
    target.writestr(zipfile.ZipInfo("model/data.pkl"), pickle.dumps({}, 2))
    target.writestr(zipfile.ZipInfo("model/constants.pkl"), pickle.dumps((), 2))
print("torch", torch.__version__)
