"""The demo: a firm of two teams, simulated for two years through the product's own functions.

`people` and `firms` say who there is, `words` what is said, `habits` how each works and is served,
`simulation` moves the clock. Nothing here writes an alert, a deadline or a mail: those come out of the engine.
"""
