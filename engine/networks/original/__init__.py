"""How the makers' own code, and the programs that follow it, name what diffusers' classes hold."""
