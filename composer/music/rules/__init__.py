"""Rules that hold while notes are decoded: small objects that forbid choices or lean towards them."""
