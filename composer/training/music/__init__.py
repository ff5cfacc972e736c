"""The music transformer: corpus, network, training."""
