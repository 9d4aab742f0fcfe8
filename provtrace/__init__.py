"""provtrace: where news text came from, through wires, translations and paraphrase."""
