"""LEARNING p(x): from pictures with words to weights, and the same events as the way back.

`data` is what is learnt from, `scenes` makes pictures and captions of it; above them stand the networks, the
training of each, and what measures them.
"""
