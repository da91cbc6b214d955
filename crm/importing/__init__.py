"""Reading other systems' CSV exports: what a file is, what its columns mean, and writing it.

The pure half (no database): ``reading`` (encoding, delimiter, preamble, header), ``dates``, ``contents``,
``names``, ``columns`` and ``outcomes``. The writing half: ``owners``, ``people``, ``touches`` and ``run``.
"""
