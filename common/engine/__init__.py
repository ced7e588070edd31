"""The inside of the engine, which `common.training` is the front of: JAX, the plain loop, lanes, random numbers."""
