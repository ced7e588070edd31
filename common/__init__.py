"""Building blocks that know Keras and statistics, but no paper, claim or threshold."""
