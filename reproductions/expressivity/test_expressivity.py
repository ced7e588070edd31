"""Laws of what is counted: detectors, pieces, support vectors; and of what is asked about them."""
