"""
What comes back.

Tokens say who (`tokens`), robots are told apart (`robots`). Mails come to a box (`boxes`, `imap`),
are read (`bounces`), and lead to a reader by a return path of ours alone (`verp`, `proof`).
"""
