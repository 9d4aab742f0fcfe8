"""Where stages run: what a stage and an engine are, and the engine of one machine."""
