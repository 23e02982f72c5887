"""What was found out once and is kept: hashes, pace, speeds, and the last few things made."""
