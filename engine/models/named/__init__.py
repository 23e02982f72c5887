"""What a request names beside its model: found in the catalog, held against the model, hashed, loaded."""
