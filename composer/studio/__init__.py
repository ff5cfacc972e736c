"""The studio: a local page where a painting is heard and its piece is changed, and the API below it."""
