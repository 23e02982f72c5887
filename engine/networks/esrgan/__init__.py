"""The two commonest networks that enlarge pictures; `upscalers` knows their files."""
