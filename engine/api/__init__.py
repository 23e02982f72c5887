"""The door between the two buildings: plain frozen data that costs no torch import."""
