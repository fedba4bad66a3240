"""Writes a GPT-2 of the smallest size with random weights as a Hugging Face folder, with torch alone.

usage: write_gpt2.py FOLDER
"""

import json
import os
import struct
import sys

import torch

folder = sys.argv[1]
os.makedirs(folder, exist_ok=True)
torch.manual_seed(1)
W, V, P, L = 768, 50257, 1024, 12
shapes = {"transformer.wte.weight": (V, W), "transformer.wpe.weight": (P, W)}
for layer in range(L):
    name = f"transformer.h.{layer}"
    for norm in ("ln_1", "ln_2"):
        shapes |= {f"{name}.{norm}.weight": (W,), f"{name}.{norm}.bias": (W,)}
    for part, (rows, columns) in {
        "attn.c_attn": (W, 3 * W), "attn.c_proj": (W, W), "mlp.c_fc": (W, 4 * W),
        "mlp.c_proj": (4 * W, W),
    }.items():
        shapes |= {f"{name}.{part}.weight": (rows, columns), f"{name}.{part}.bias": (columns,)}
shapes |= {"transformer.ln_f.weight": (W,), "transformer.ln_f.bias": (W,)}
header, offset = {}, 0
for name, shape in shapes.items():
    size = 4 * torch.Size(shape).numel()
    header[name] = dict(dtype="F32", shape=shape, data_offsets=[offset, offset + size])
    offset += size
text = json.dumps(header).encode()
text += b" " * (-len(text) % 8)
with open(f"{folder}/model.safetensors", "wb") as file:
    file.write(struct.pack("<Q", len(text)) + text)
    for name, shape in shapes.items():
        is_norm = ".ln_" in name
        values = torch.ones(shape) if is_norm and name.endswith("weight") else (
            torch.zeros(shape) if name.endswith("bias") else torch.randn(shape) * 0.02)
        file.write(bytes(values.untyped_storage()))
with open(f"{folder}/config.json", "w") as file:
    json.dump(dict(
        model_type="gpt2", vocab_size=V, n_embd=W, n_layer=L, n_head=12, n_positions=P,
        layer_norm_epsilon=1e-5, activation_function="gelu_new", tie_word_embeddings=True), file)
