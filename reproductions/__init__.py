"""Claims about training neural networks, each with its studies, evidence and verdict."""
