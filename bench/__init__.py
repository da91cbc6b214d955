"""The figures of DESIGN's speed table, measured on PostgreSQL: `make bench SCALE=small|firm`."""
