"""What is claimed about what nets and kernel machines can express, and what decides it. Literals only."""

from suite.claims import Claim

# fmt: off
CLAIMS: tuple[Claim, ...] = (  # a table: a line a check
# on memorising, depth, support vectors and tiny nets
# on nodes of two and three layers, width, and nets as kernel machines
)
