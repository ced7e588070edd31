"""How fast the engine is beside other ways to train: `python -m benchmarks`. No part of the distribution."""
