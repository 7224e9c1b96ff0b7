#!/bin/sh
# Temurin's entrypoint can add certificates of the user's to Java's store; here it only starts the command.
exec "$@"
