# What configmeta.json says about this member. The services read it when they start, not only when they are set up.
# shellcheck shell=bash disable=SC2034
role=$(configcli --get node.role_id)
fqdn=$(configcli --get node.fqdn)
distro=$(configcli --get node.distro_id)
# The endpoints of a service with one member are one URL: spark://FQDN:7077, http://FQDN:8080.
master=$(configcli --get services.master.1.master.endpoints)
master_page=$(configcli --get services.master-ui.1.master.endpoints)
# Limits of a worker's container, whose other half is for the worker itself and what executors need beside their heap.
cores=$(configcli --get "distros.$distro.1.roles.worker.flavor.cores")
memory=$(($(configcli --get "distros.$distro.1.roles.worker.flavor.memory") / 2))m
work=/srv/spark
# Of the master's and the worker's own JVM, which runs no jobs.
export SPARK_DAEMON_MEMORY=256m SPARK_LOG_DIR=$work/log SPARK_LOCAL_DIRS=$work/local
