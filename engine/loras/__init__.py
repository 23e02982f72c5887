"""LoRAs in every layout: whose layers they change, and how they are put on and taken off."""
