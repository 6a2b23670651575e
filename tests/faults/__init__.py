"""
Proof by fault: senders that are killed, cut off and lied to, judged by who got what.

    provider   the other side, in a process of its own: SMTP and SendGrid, and a log of what it took
    house      a newsroom in a folder, and senders that are made to be killed
    victim     what runs in such a sender: a crash at a named point, a fault put in by hand
    mutants    those faults: with any of them the judge must say so
    judge      compares the log with the ledger
    torture    the long form: `make torture`
"""
