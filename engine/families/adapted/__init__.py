"""Stock pipelines with what each needs put right first: apart, as importing them costs torch."""
