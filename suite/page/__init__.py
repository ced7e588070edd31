"""The site: one overview, a page a claim, and one for what edition 1 said of it. A pure function of the record."""
