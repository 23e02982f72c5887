"""From places on disk to what lies there: header only, each file once. No torch."""
