#!/bin/sh
# Asks cAdvisor, on the port of its own command line (-port=N), whether it is well.
port=$(tr '\0' '\n' < /proc/1/cmdline | sed -n 's/^--*port=\([0-9]*\)$/\1/p' | tail -n 1)
exec wget --quiet --spider --tries=1 "http://localhost:${port:-8080}/healthz"
