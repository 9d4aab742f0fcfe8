"""Measures of texts, and the data behind them; nothing here knows of a pipeline."""
