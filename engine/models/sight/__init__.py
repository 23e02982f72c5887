"""Networks of the artist's that put pictures and words in one space, asked in a process of their own."""
