"""connect-mock: a self-contained mock of the Raidiam Connect directory, with its own RA and CA."""
