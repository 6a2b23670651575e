"""
Who gets the mail: addresses, the lists they are on, and the files they come in by.

`address` parses one, `rows` reads a file of them, `importer` brings a file in whole, `lists`
does the same for one reader at a time. Who left stays away, whatever a file says.
"""
