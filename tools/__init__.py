"""Scripts for developers of SVG Studio."""
