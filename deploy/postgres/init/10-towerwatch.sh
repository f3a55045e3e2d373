#!/bin/sh
# Run once by the image when it makes the cluster: settings and the archive stand in files beside it.
set -eu
printf "\ninclude '/etc/towerwatch/towerwatch.conf'\ninclude '/etc/towerwatch/archive.conf'\n" >> "$PGDATA/postgresql.conf"
# Base backups come by the network, and "all" does not mean replication.
printf "host replication tw_admin samenet scram-sha-256\n" >> "$PGDATA/pg_hba.conf"
