"""One file a way to steer a picture besides its words: each joins the tap at its named moments."""
