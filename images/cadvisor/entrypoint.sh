#!/bin/sh
# Starts cAdvisor, logging to the container's output.
exec /usr/bin/cadvisor -logtostderr "$@"
