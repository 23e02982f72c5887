"""Stock pipelines with what each needs put right first: a room of their own, as importing them costs torch."""
