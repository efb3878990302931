"""SVG and its parts: backbones, recurrent networks and priors."""
