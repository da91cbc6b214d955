"""What the Makefile runs before the app can start: front-end files, catalogues of messages."""
