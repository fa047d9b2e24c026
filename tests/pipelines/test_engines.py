"""Which engine settles a day: asked for, by the home's settings, or the one by default; and a real cluster."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import dagster as dg
import pytest
import yaml
from dagster._core.instance import InstanceRef

from assets.foundation.duck import DuckEngine
from assets.foundation.errors import Refused
from assets.foundation.settings import read_settings
from assets.foundation.store import Home
from assets.stages import STAGES
from pipelines.definitions import build_defs
from pipelines.desk import Desk
from pipelines.engines import open_engine
from pipelines.history import dagster_home
from tests.pipelines.homes import D1, D2, D3, Said, contents, environment, settle_days, write_home
from tests.s3 import Server
from tests.sparking import CONF, MASTER, spark_or_skip, use_spark

SETTLE = (sys.executable, "-c", "from pipelines.cli import main; main()")


def settle(*words: object, seconds: int = 900, **more: str) -> Said:
    """`settle` as a process of the Python that runs the tests; ``more`` is added to its environment."""
    done = subprocess.run(
        [*SETTLE, *map(str, words)], capture_output=True, text=True, check=False, timeout=seconds,
        env=environment(**more),
    )  # fmt: skip
    return Said(done.returncode, done.stdout, done.stderr)


# --- the choice ------------------------------------------------------------------------------------------------------


def test_the_engine_is_the_one_asked_for_else_the_homes_else_duckdb(tmp_path: Path) -> None:
    home = write_home(tmp_path / "home", {})
    assert Desk(home).engine() == "duckdb"
    (home.root / "settings.yaml").write_text("engine: spark\nspark: {master: 'spark://h:7077', conf: {a: b}}\n")
    assert Desk(home).engine() == "spark"
    assert Desk(home, engine="duckdb").engine() == "duckdb"
    assert build_defs(home, engine="duckdb").resources["desk"].engine() == "duckdb"
    assert build_defs(home).resources["desk"].engine() == "spark"
    spark = read_settings(home.root).spark
    assert (spark.master, spark.remote, spark.conf, spark.near_rows) == ("spark://h:7077", None, {"a": "b"}, 16384)
    engine = open_engine(home, "duckdb")
    assert isinstance(engine, DuckEngine)
    engine.close()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("engine: flink\n", "engine: found flink, allowed duckdb or spark"),
        ("spark: {master: 7}\n", "spark: master: found 7, allowed {master: URL or remote: URL"),
        ("spark: {conf: {a: 1}}\n", "spark: conf: a: found 1, allowed"),
        ("spark: {near_rows: -1}\n", "spark: near_rows: found -1, allowed"),
        ("spark: {cores: 2}\n", "spark: cores: found 2, allowed"),
    ],
)
def test_faulty_settings_are_refused(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "settings.yaml").write_text(text)
    with pytest.raises(Refused) as refused:
        read_settings(tmp_path)
    assert said in str(refused.value)


def test_an_engine_that_is_not_installed_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("assets.foundation.cluster", "assets.foundation.spark"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    for name in [name for name in sys.modules if name.partition(".")[0] == "pyspark"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(
        Refused, match=r"engine spark: pyspark.* is not installed; allowed: pip install 'settle\[spark\]'"
    ):
        open_engine(Home(tmp_path), "spark")


def test_an_unknown_engine_is_a_fault_of_usage(tmp_path: Path) -> None:
    home = write_home(tmp_path / "home")
    said = settle("run", "--home", home.root, "--date", D1, "--engine", "flink")
    assert said.code == 2
    assert "found 'flink', allowed duckdb or spark" in said.err


def told_engine(home: Home, day: date) -> object:
    """What the UI shows of a settled day as its engine."""
    with dg.DagsterInstance.from_ref(InstanceRef.from_dir(str(dagster_home(home)))) as instance:
        key = dg.AssetKey(STAGES[-1].name)
        records = instance.fetch_materializations(
            dg.AssetRecordsFilter(key, asset_partitions=[str(day)]), limit=1
        ).records
        made = records[0].asset_materialization
        assert made
        return made.metadata["engine"].value


def test_what_settled_a_day_stands_beside_it(tmp_path: Path) -> None:
    home = write_home(tmp_path / "home")
    said = settle("run", "--home", home.root, "--date", D1)
    assert said.code == 0, said.err
    assert told_engine(home, D1) == "duckdb"


# --- Spark -----------------------------------------------------------------------------------------------------------


@pytest.mark.spark
@pytest.mark.slow
def test_run_with_engine_spark(tmp_path: Path) -> None:
    """The command line settles a day on Spark, then one on DuckDB: both as if there was one engine."""
    spark_or_skip()
    home, other = write_home(tmp_path / "home"), write_home(tmp_path / "other")
    use_spark(home.root)
    said = settle("run", "--home", home.root, "--date", D1, "--engine", "spark", "--by", "wang")
    assert said.code == 0, said.err
    assert told_engine(home, D1) == "spark"
    settle_days(home, D2)
    settle_days(other, D1, D2)
    assert contents(home.root / "settlements") == contents(other.root / "settlements")


@pytest.mark.spark
@pytest.mark.slow
def test_a_cluster_that_is_not_there_is_refused(tmp_path: Path) -> None:
    spark_or_skip()
    home = write_home(tmp_path / "home")
    use_spark(home.root, master="nowhere")
    said = settle("run", "--home", home.root, "--date", D1, "--engine", "spark")
    assert (said.code, home.settled_days()) == (1, [])
    assert "engine spark: no session at nowhere" in said.err


def free_port() -> int:
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        return int(made.getsockname()[1])


def answers(port: int) -> bool:
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def process(folder: Path, name: str, *words: str, until: str | int) -> Iterator[None]:
    """A daemon of Spark, from when its log says that it is there, or its port answers; all that it started goes with
    it."""
    import pyspark

    log = folder / f"{name}.log"
    command = [str(Path(pyspark.__file__).parent / "bin" / "spark-class"), *words]
    own = {**os.environ, "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_DAEMON_MEMORY": "512m", "PYTHONPATH": "",
           "PYSPARK_PYTHON": sys.executable}  # fmt: skip
    with log.open("w") as sink:
        started = subprocess.Popen(command, stdout=sink, stderr=sink, cwd=folder, env=own, start_new_session=True)
    try:
        deadline = time.monotonic() + 120
        while not (answers(until) if isinstance(until, int) else until in log.read_text()):
            assert started.poll() is None and time.monotonic() < deadline, log.read_text()[-2000:]
            time.sleep(0.2)
        yield
    finally:
        os.killpg(started.pid, signal.SIGTERM)
        try:
            started.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(started.pid, signal.SIGKILL)
            started.wait()


@pytest.mark.spark
@pytest.mark.slow
def test_a_real_cluster_and_a_home_in_s3(server: Server, tmp_path: Path) -> None:
    """A master and two workers as processes, and no folder that they share with the driver: the rows are on them, they
    read what is sealed from S3, and the days are the same."""
    spark_or_skip()
    port = free_port()
    master = f"spark://127.0.0.1:{port}"
    home, other = write_home(tmp_path / "home"), write_home(tmp_path / "other")
    conf = {
        "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1", "spark.executor.memory": "512m",
        "spark.executor.cores": "1", "spark.cores.max": "2", "spark.pyspark.python": sys.executable,
        "spark.executor.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    }  # fmt: skip
    use_spark(home.root, near_rows=2, master=master, **conf)
    settle_days(home, D1, D2)
    settle_days(other, D1, D2, D3)
    url = server.upload(home.root)
    web = ("--host", "127.0.0.1", "--webui-port", "0")
    deploy = "org.apache.spark.deploy"
    with process(
        tmp_path, "master", f"{deploy}.master.Master", *web, "--port", str(port), until="I have been elected leader"
    ):
        worker = (f"{deploy}.worker.Worker", *web, "--cores", "1", "--memory", "700m", master)
        with (
            process(tmp_path, "worker1", *worker, until="Successfully registered with master"),
            process(tmp_path, "worker2", *worker, until="Successfully registered with master"),
        ):
            said = settle("run", "--home", url, "--date", D3, "--engine", "spark", SETTLE_WORK=str(tmp_path / "work"))
    assert said.code == 0, said.err
    for number in (1, 2):
        assert "Asked to launch executor" in (tmp_path / f"worker{number}.log").read_text()
    assert contents(other.root / "settlements") == {
        name.removeprefix("settlements/"): raw
        for name, raw in server.home_files().items()
        if name.startswith("settlements/")
    }
    state = [key for key in server.read if key.startswith(f"home/settlements/{D2}/state/")]
    again = {Path(key).name for key in state if state.count(key) > 1}  # once the driver fetches it
    assert {Path(name).suffix for name in again} == {".arrow", ".parquet"}


@pytest.mark.spark
@pytest.mark.slow
def test_spark_connect(tmp_path: Path) -> None:
    """A server that only its address is known of: no Java runs in the process that settles."""
    spark_or_skip()
    port = free_port()
    home, other = write_home(tmp_path / "home"), write_home(tmp_path / "other")
    said_of_spark = {"remote": f"sc://127.0.0.1:{port}", "near_rows": 2}
    conf = {**CONF, "spark.connect.grpc.binding.address": "127.0.0.1", "spark.connect.grpc.binding.port": str(port),
            "spark.driver.host": "127.0.0.1", "spark.ui.enabled": "false"}  # fmt: skip
    settle_days(home, D1, D2)
    (home.root / "settings.yaml").write_text(yaml.safe_dump({"engine": "spark", "spark": said_of_spark}))
    words = [word for name, value in conf.items() for word in ("--conf", f"{name}={value}")]
    server = ("org.apache.spark.deploy.SparkSubmit", "--master", MASTER, *words,
              "--class", "org.apache.spark.sql.connect.service.SparkConnectServer", "spark-internal")  # fmt: skip
    with process(tmp_path, "connect", *server, until=port):
        said = settle("run", "--home", home.root, "--date", D3, JAVA_HOME="/nowhere", SPARK_HOME="")
    assert said.code == 0, said.err
    settle_days(other, D1, D2, D3)
    assert contents(home.root / "settlements") == contents(other.root / "settlements")
