"""The Spark session of this process, and what of Spark a day's relations need.

Holds: opening the session, how a statement is planned by the rows that it reads, naming, keeping and streaming
DataFrames, reading sealed files on the executors.
Never holds: names of a day's relations (``spark.py``), statements.
Neighbour: ``settings.py`` says which cluster; ``spark.py`` asks here.
"""

from __future__ import annotations

import re
import sys
import tempfile
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate, count
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet as pq
from pyspark import cloudpickle
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_schema

from assets.foundation.engine import Kernel
from assets.foundation.rows import whole

_SHARE = 1 << 18  # rows that a task is meant to have
_PART = 1 << 16  # rows of a table that are in Python's hands at a time
_FILES = 512  # sealed files that are remembered
_NUMBER = "file_row_number"

# What sums and orders hang on: they are as in DuckDB, whatever the cluster's own settings.
_FIXED = {
    "spark.sql.ansi.enabled": "true",  # what does not fit raises
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.caseSensitive": "false",
    "spark.sql.parser.escapedStringLiterals": "false",
    "spark.sql.mapKeyDedupPolicy": "EXCEPTION",
    # Two defects of Spark 4.3. A union says that its rows are parted like those of its branches, also where a branch
    # takes the exchange of another one, which is parted by other columns: rows are lost and doubled without a word.
    "spark.sql.unionOutputPartitioning": "false",
    # What is known of the columns of a union whose branches hold constants is looked up under wrong names: the
    # statement ends with "key not found".
    "spark.sql.constraintPropagation.enabled": "false",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.sql.execution.arrow.maxRecordsPerBatch": str(_PART),
    "spark.sql.execution.arrow.localRelationThreshold": "4MB",
}
# How a session of this process is opened where nothing else is said; a remote one is opened already.
_OPENED = {
    "spark.app.name": "settle",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.warehouse.dir": f"{tempfile.gettempdir()}/spark-warehouse",  # else in the working directory
}
# Without other machines nobody else is to reach what the session listens at.
_HERE = {"spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1"}
# What a statement over few rows is planned with: no code is made for it, nothing is parted, no plan is looked at twice.
_FEW = {
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.autoBroadcastJoinThreshold": "-1",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.join.forceApplyShuffledHashJoin": "true",
    "spark.sql.leafNodeDefaultParallelism": "1",
    "spark.sql.shuffle.partitions": "1",
}

# What Spark takes for a pattern in a path.
_GLOB = re.compile(r"([\\\[\]{}*?])")

_OPEN: dict[tuple[Any, ...], Cluster] = {}


def open_cluster(master: str = "local[*]", remote: str | None = None, conf: Mapping[str, str] | None = None) -> Cluster:
    """The cluster at a master URL or, with Spark Connect, at a remote one; one session a process for all days.

    Raises PySparkException where there is none.
    """
    key = (remote or master, *sorted((conf or {}).items()))
    if key not in _OPEN:
        builder = SparkSession.builder.remote(remote) if remote else SparkSession.builder.master(master)
        usual = {} if remote else {**_OPENED, **(_HERE if master.startswith("local") else {})}
        for name, value in {**usual, **(conf or {})}.items():
            builder = builder.config(name, value)
        _OPEN[key] = Cluster(builder.getOrCreate())
    return _OPEN[key]


class Cluster:
    """A session, which days and threads share."""

    def __init__(self, session: SparkSession) -> None:
        self.session = session
        for name, value in _FIXED.items():
            if session.conf.get(name, None) != value:
                session.conf.set(name, value)
        self._usual = {name: session.conf.get(name, None) for name in _FEW}
        self._planned: int | None = None
        self._lock = threading.Lock()
        self._numbers = count(1)
        self.shapes: dict[Any, pa.Schema] = {}  # what statements return, by their text and what they read
        self._empty: dict[Any, str] = {}
        self._files: OrderedDict[tuple[Any, ...], tuple[pa.Table | DataFrame, int]] = OrderedDict()

    def plan(self, rows: int) -> None:
        """Plan what comes next for as many rows; 0: for few."""
        partitions = -(-rows // _SHARE)
        with self._lock:
            if partitions == self._planned:
                return
            for name, value in self._usual.items() if partitions else _FEW.items():
                if value is None:
                    self.session.conf.unset(name)
                else:
                    self.session.conf.set(name, value)
            if partitions:
                # Tasks beyond the cores cost little, and what is too much is put together by adaptive execution.
                self.session.conf.set("spark.sql.shuffle.partitions", str(max(2, partitions)))
            self._planned = partitions

    # --- frames -------------------------------------------------------------------------------------------------------

    def frame(self, table: pa.Table) -> DataFrame:
        """Rows of the driver as the session sees them."""
        # Spark stops reading at a batch without rows, and says nothing: there must be none among the others.
        return self.session.createDataFrame(table.combine_chunks())

    def schema(self, frame: DataFrame) -> pa.Schema:
        """As Arrow has it."""
        return plain(to_arrow_schema(frame.schema, timezone="UTC").empty_table()).schema

    def name(self, owner: object, frame: DataFrame) -> str:
        """A name for a frame in statements, for as long as its owner lives."""
        name = f"settle_{next(self._numbers)}"
        frame.createOrReplaceTempView(name)
        weakref.finalize(owner, self._forget, name).atexit = False
        return name

    def nothing(self, schema: pa.Schema) -> str:
        """A name for no rows of a shape, the same each time."""
        key = tuple(zip(schema.names, map(str, schema.types), strict=True))
        if key not in self._empty:
            self._empty[key] = f"settle_empty_{len(self._empty)}"
            shape = from_arrow_schema(schema, prefer_timestamp_ntz=True)
            self.session.createDataFrame([], shape).createOrReplaceTempView(self._empty[key])
        return self._empty[key]

    def _forget(self, name: str) -> None:
        self.session.catalog.dropTempView(name)

    def keep(self, frame: DataFrame) -> tuple[DataFrame, int]:
        """The rows of a frame kept on the cluster, with the plan that made them cut off, and how many they are."""
        kept = frame.localCheckpoint()
        return kept, kept.count()

    def stream(self, frame: DataFrame, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        """The rows of a frame in its order, part by part."""

        def written(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            for batch in batches:
                sink = pa.BufferOutputStream()
                with pa.ipc.new_stream(sink, batch.schema) as stream:
                    stream.write_batch(batch)
                yield pa.record_batch([pa.array([sink.getvalue().to_pybytes()], pa.binary())], ["batch"])

        for row in frame.mapInArrow(written, "batch binary").toLocalIterator(prefetchPartitions=True):
            for batch in pa.ipc.open_stream(bytes(row[0])):
                yield plain(pa.Table.from_batches([batch]), schema).combine_chunks().to_batches()[0]

    def meet(
        self, left: DataFrame, right: DataFrame, by: str, order: Sequence[str], made: Kernel, shape: pa.Schema
    ) -> DataFrame:
        """What a kernel makes of the rows of two frames that share ``by``, group by group on the executors."""
        # The kernel goes there as it is: Settle need not be installed on them, Polars must.
        cloudpickle.register_pickle_by_value(sys.modules[getattr(made, "func", made).__module__])

        def of_group(one: pa.Table, other: pa.Table) -> pa.Table:
            import polars as pl

            sides = (
                pl.DataFrame(pl.from_arrow(side)).sort(by, key) for side, key in zip((one, other), order, strict=True)
            )
            return made(*sides).to_arrow(compat_level=pl.CompatLevel.oldest()).cast(shape)

        groups = left.groupBy(by).cogroup(right.groupBy(by))
        return groups.applyInArrow(of_group, from_arrow_schema(shape, prefer_timestamp_ntz=True))

    # --- files --------------------------------------------------------------------------------------------------------

    def file(self, path: Path, where: str | None, *, numbered: bool, near: int) -> tuple[pa.Table | DataFrame, int]:
        """The rows of a file, on the driver where they are few and else on the cluster, and how many they are.

        ``where``: its path or URL for every node, one of S3 is read by fsspec; None: the driver hands the rows over.
        """
        said = path.stat()
        key = (path, where, said.st_mtime_ns, said.st_size, numbered, near)
        if key not in self._files:
            self._files[key] = (self._arrow if path.suffix == ".arrow" else self._parquet)(path, where, numbered, near)
            if len(self._files) > _FILES:
                self._files.popitem(last=False)
        self._files.move_to_end(key)
        return self._files[key]

    def _parquet(self, path: Path, where: str | None, numbered: bool, near: int) -> tuple[pa.Table | DataFrame, int]:
        file = pq.ParquetFile(path)
        rows = file.metadata.num_rows
        if rows <= near or where is None:
            table = plain(_numbered(file.read()) if numbered else file.read())
            return (table if rows <= near else self.frame(table)), rows
        if "://" not in where:
            frame = self.session.read.parquet(_GLOB.sub(r"\\\1", where))
            return (frame.selectExpr("*", f"_metadata.row_index as {_NUMBER}") if numbered else frame), rows
        sizes = (file.metadata.row_group(group).num_rows for group in range(file.num_row_groups))
        starts = [0, *accumulate(sizes)]

        def groups(opened: Any) -> Callable[[int], pa.Table]:
            there = pq.ParquetFile(opened)

            def group(number: int) -> pa.Table:
                table = there.read_row_group(number)
                numbers = pa.arange(starts[number], starts[number + 1])
                return table.append_column(_NUMBER, numbers) if numbered else table

            return group

        empty = file.schema_arrow.empty_table()
        shape = plain(_numbered(empty) if numbered else empty).schema
        return self._read(where, groups, len(starts) - 1, rows, shape), rows

    def _arrow(self, path: Path, where: str | None, numbered: bool, near: int) -> tuple[pa.Table | DataFrame, int]:
        table = plain(whole(path))
        rows = table.num_rows
        if rows <= near or where is None:
            return (table if rows <= near else self.frame(table)), rows
        with pa.memory_map(str(path)) as mapped:
            batches = pa.ipc.open_file(mapped).num_record_batches

        def read(opened: Any) -> Callable[[int], pa.Table]:
            there = pa.ipc.open_file(opened)
            return lambda number: pa.Table.from_batches([there.get_batch(number)])

        return self._read(where, read, batches, rows, table.schema), rows

    def _read(
        self, where: str, begin: Callable[[Any], Callable[[int], pa.Table]], pieces: int, rows: int, shape: pa.Schema
    ) -> DataFrame:
        """The pieces of a file, each read where a task asks for it; ``begin`` makes of the open file what reads one."""

        def read(asked: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            import pyarrow as pa

            if "://" in where:
                import fsspec

                opened = fsspec.open(where, "rb").open()
            else:
                opened = pa.memory_map(where)
            with opened:
                piece = begin(opened)
                for numbers in asked:
                    for number in numbers.column(0).to_pylist():
                        yield from piece(number).cast(shape).to_batches()

        numbers = self.session.range(0, pieces, 1, max(1, min(pieces, -(-rows // _SHARE))))
        return numbers.mapInArrow(read, from_arrow_schema(shape, prefer_timestamp_ntz=True))


def _numbered(table: pa.Table) -> pa.Table:
    return table.append_column(_NUMBER, pa.arange(0, table.num_rows))


def plain(table: pa.Table, schema: pa.Schema | None = None) -> pa.Table:
    """A table in the types that ours have, every column of it such as may be null."""
    if schema is None:
        schema = pa.schema([pa.field(one.name, _KINDS.get(str(one.type), one.type)) for one in table.schema])
    return table.cast(schema) if table.schema != schema else table.replace_schema_metadata(None)


_KINDS = {"large_string": pa.string(), "string_view": pa.string()}
