"""Adds up the numbers below a million on the cluster's workers, and says what it is and which of them took part."""

import socket

from pyspark.sql import SparkSession


def add_up(numbers):
    yield socket.getfqdn(), sum(numbers)


with SparkSession.builder.appName("sum").getOrCreate() as spark:
    parts = spark.sparkContext.parallelize(range(1_000_000), 4).mapPartitions(add_up).collect()
    hosts = sorted({host for host, _ in parts})
    print(f"sum={sum(part for _, part in parts)} hosts={','.join(hosts)}")
