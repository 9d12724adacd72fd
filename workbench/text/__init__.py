"""Pure functions on text: str in, str or Segments out."""
