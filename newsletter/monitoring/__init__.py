"""
What an operator sees of a running house; it shows nobody's address and no token.

    meters       everything that is counted, as plain numbers
    exposition   says them to Prometheus, on a port of their own
    logs         one line a record, text or JSON
    masks        what no line may show
    traces       spans, for an OpenTelemetry collector
    sentry       faults, for Sentry

It lies at the ground, so that every station may count. What stands in `meters` and `traces` loads
nothing; Prometheus's and OpenTelemetry's libraries are loaded by the processes that were told to.
Nothing in here may stop, or noticeably slow, what it watches.
"""
