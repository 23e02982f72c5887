"""Networks from files: class, sizes and weights; no family and no pipeline is known here."""
