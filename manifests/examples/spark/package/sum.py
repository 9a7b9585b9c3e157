"""Adds up the numbers below a million on the cluster's workers, and says what it is and how many took part."""

from pyspark.sql import SparkSession

with SparkSession.builder.appName("sum").getOrCreate() as spark:
    numbers = spark.sparkContext.parallelize(range(1_000_000), 8)
    hosts = numbers.mapPartitions(lambda _: [__import__("socket").getfqdn()]).distinct().collect()
    print(f"sum={numbers.sum()} hosts={','.join(sorted(hosts))}")
