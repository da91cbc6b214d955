"""`make faults`: what becomes of everything owed while its processes are killed and its servers fail.

Real PostgreSQL, Redis, web, workers, beat and SMTP server; what the last one received is the truth. The seed draws
which rounds come in which order, and who is killed at which point; it is printed, and replays.
"""
