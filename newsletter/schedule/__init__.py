"""
What is due when: a newsletter's day as moments, decided anew each second, done once in a fleet.

    timeline    the moments of a day, in real time
    decide      what is due now, from the moments and what the database says; pure
    timekeeper  looks at the clock, takes a turn, and has it done

Nothing is remembered in a process: whatever stops, whenever, the next look finds what is due.
"""
