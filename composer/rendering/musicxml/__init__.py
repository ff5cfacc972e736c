"""MusicXML 4.0, made with music21 from the internal score."""
