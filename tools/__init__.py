"""Scripts for the people who make SVG Studio."""
