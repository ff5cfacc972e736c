"""The grooves of drummers, measured in the Groove MIDI Dataset."""
