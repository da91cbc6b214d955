"""Gates: what holds on every page, whoever adds one. An address that stands in none of their tables fails the build."""
