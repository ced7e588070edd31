"""How others use the evidence: citations, badges, and exports in formats that other tools read and verify."""
