"""Laws of the data and the nets."""
