"""The report of `scripts/house`: how many places a reader or a change has to visit, as numbers without a verdict.

`sources` finds and parses the files, `identifiers` and `retired` compare names with the retired words of docs/glossary.md,
`sizes`, `signatures` and `touched` count what the source text shows, `walks` runs four requests and counts the files they cross.
"""
