"""Sound: soundfonts, the synthesizer, parts as samples, loudness, and audio files."""
