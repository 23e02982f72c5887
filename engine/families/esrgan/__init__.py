"""The two commonest networks that enlarge pictures; `upscaling_networks` knows their files."""
