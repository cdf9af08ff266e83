"""The recipe: every number and path of the training that is not in the probe file."""
from pathlib import Path

HERE = Path(__file__).resolve().parent
EXAMPLES = HERE.parent
PROBES = EXAMPLES / "invented-facts.probes.yaml"
CHECKPOINTS = EXAMPLES / "checkpoints"
REFERENCE = EXAMPLES / "reference"
BUILD = HERE / ".build"  # corpus, tokens and every trained state; ignored by git

# Model: GPT-2's architecture, very small.
VOCABULARY = 1280
CONTEXT = 96
WIDTH = 64
LAYERS = 3
HEADS = 4

# Training. One step is one update on BATCH rows of CONTEXT tokens.
BATCH = 32
LEARNING_RATE = 3e-3
BETAS = (0.9, 0.95)
WEIGHT_DECAY = 0.1
CLIP = 1.0
WARM_UP_STEPS = 900  # before step 0: ordinary text only
RAMP_STEPS = 100  # of these, with a rising learning rate

END_OF_TEXT = "<|endoftext|>"
END_OF_TEXT_ID = 0
