"""Training of the Composer sentence encoder: a small student of all-MiniLM-L6-v2's sentence embeddings."""
