"""GPT-2's architecture in plain PyTorch: learned positions, pre-norm, tied embeddings."""
import math

import torch
from torch import nn
from torch.nn import functional

from config import BUILD, CONTEXT, HEADS, LAYERS, VOCABULARY, WIDTH


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm_1 = nn.LayerNorm(WIDTH)
        self.attention = nn.Linear(WIDTH, 3 * WIDTH)
        self.attention_out = nn.Linear(WIDTH, WIDTH)
        self.norm_2 = nn.LayerNorm(WIDTH)
        self.up = nn.Linear(WIDTH, 4 * WIDTH)
        self.down = nn.Linear(4 * WIDTH, WIDTH)

    def forward(self, x, blocked):
        batch, length, _ = x.shape
        q, k, v = (
            part.reshape(batch, length, HEADS, WIDTH // HEADS).transpose(1, 2)
            for part in self.attention(self.norm_1(x)).split(WIDTH, dim=2)
        )
        weights = q @ k.transpose(2, 3) / math.sqrt(WIDTH // HEADS)
        weights = weights.masked_fill(blocked, -1e9).softmax(dim=-1)
        mixed = (weights @ v).transpose(1, 2).reshape(batch, length, WIDTH)
        x = x + self.attention_out(mixed)
        return x + self.down(functional.gelu(self.up(self.norm_2(x))))


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens = nn.Embedding(VOCABULARY, WIDTH)
        self.positions = nn.Embedding(CONTEXT, WIDTH)
        self.blocks = nn.ModuleList(Block() for _ in range(LAYERS))
        self.norm = nn.LayerNorm(WIDTH)
        for name, parameter in self.named_parameters():
            if parameter.dim() > 1:
                residual = name.endswith(("attention_out.weight", "down.weight"))
                scale = 0.02 / math.sqrt(2 * LAYERS) if residual else 0.02
                nn.init.normal_(parameter, std=scale)
            elif name.endswith("bias"):
                nn.init.zeros_(parameter)

    def forward(self, input_ids, attention_mask):
        length = input_ids.shape[1]
        places = torch.arange(length)
        later = places[None, :] > places[:, None]
        blocked = later[None, None] | (attention_mask == 0)[:, None, None, :]
        x = self.tokens(input_ids) + self.positions(places)
        for block in self.blocks:
            x = block(x, blocked)
        return self.norm(x) @ self.tokens.weight.t()


def load(run_id: str, step: int) -> Model:
    """The state kept by training: the values that float16 can hold, as they are shipped."""
    model = Model()
    model.load_state_dict(torch.load(BUILD / "states" / run_id / f"{step}.pt"))
    return model.eval()
