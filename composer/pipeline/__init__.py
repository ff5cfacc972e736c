"""The stages run in order: from a picture, a plan or a MIDI file to files."""
