"""What is claimed about how nets generalise, and what decides it. Literals only."""

# fmt: off
CLAIMS = (  # a table: a line a check
)
