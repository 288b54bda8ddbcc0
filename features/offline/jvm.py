"""Spark's own process: a Java machine that is started quietly and leaves nothing behind.

    who asks first ──► JVM ──► one context per process ──► a session for each engine
                        └──► scratch folder: spill, warehouse, log

Whoever started the JVM ends it; others that came meanwhile have to be done by then.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from features.errors import SetupError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_LEAST_JAVA = 17
_PATIENCE = 30
_LOG_SETTINGS = """\
rootLogger.level = error
rootLogger.appenderRef.log.ref = log
appender.log.type = Console
appender.log.name = log
appender.log.target = SYSTEM_ERR
appender.log.layout.type = PatternLayout
appender.log.layout.pattern = %p %c: %m%n
"""

#: What the law needs, set on every session, also on one in somebody else's context. In ANSI
#: mode an overflow is an error, as in DuckDB, and a text that is no number too.
_MEANING = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.adaptive.enabled": "true",
}


def connect(
    master: str, tuned: Mapping[str, str] = MappingProxyType({})
) -> tuple[SparkSession, Callable[[], None]]:
    """A session with tables of its own, and what to call when it is done with.

    ``tuned`` are settings of Spark for a context that starts here, above ours. Raises
    `SetupError` where PySpark or Java is missing, or Spark runs elsewhere already.
    """
    if find_spec("pyspark") is None:
        raise SetupError(
            "the engine spark needs PySpark, which is not installed here: "
            "install Vouch with its spark extra, `pip install 'vouch[spark]'`"
        )
    with warnings.catch_warnings():
        # PySpark looks at pandas the first time that it hands a list to Java; we use none of it.
        warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas")
        import_module("pyspark.testing.utils")
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    held = ExitStack()
    running = SparkContext._active_spark_context
    if running is None:
        running = held.enter_context(_context(master, tuned))
    elif running.master != master:
        raise SetupError(
            f"Spark runs on {running.master} in this process already, and not on {master}: "
            "stop it first, or name that master"
        )
    session = SparkSession(running).newSession()
    for name, value in _MEANING.items():
        session.conf.set(name, value)
    return session, held.close


@contextmanager
def _context(master: str, tuned: Mapping[str, str]) -> Iterator[Any]:
    """A context in a JVM of its own; both end with the block."""
    check_java()
    from pyspark import SparkConf, SparkContext
    from pyspark.errors import PySparkRuntimeError
    from pyspark.java_gateway import launch_gateway

    launch: Any = launch_gateway
    with tempfile.TemporaryDirectory(prefix="vouch-spark-") as folder:
        scratch = Path(folder)
        conf = SparkConf(loadDefaults=False).setAll(
            [*_options(master, scratch).items(), *tuned.items()]
        )
        log = scratch / "jvm.log"
        with log.open("wb") as told:
            try:
                gateway = launch(conf, {"stdout": told, "stderr": told})
            except PySparkRuntimeError:
                last = log.read_text("utf-8", "replace").strip().splitlines()[-1:]
                raise SetupError(
                    f"Spark did not start: {' '.join(last) or 'Java ended at once'}"
                ) from None
            try:
                context = SparkContext(conf=conf, gateway=gateway)
                try:
                    yield context
                finally:
                    context.stop()
            finally:
                _end(gateway)


def _end(gateway: Any) -> None:
    """The JVM goes when its standard input closes; PySpark forgets it, so another may come."""
    from pyspark import SparkContext

    gateway.shutdown()
    gateway.proc.stdin.close()
    try:
        gateway.proc.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        gateway.proc.kill()
        gateway.proc.wait()
    SparkContext._gateway = SparkContext._jvm = None


def _options(master: str, scratch: Path) -> dict[str, str]:
    """What has to be known when the JVM starts. On one machine it listens on loopback only."""
    logging = scratch / "log4j2.properties"
    logging.write_text(_LOG_SETTINGS, "utf-8")
    java = (
        f'"-Djava.io.tmpdir={scratch}" "-Dderby.system.home={scratch}" -XX:-UsePerfData '
        f'"-Dlog4j2.configurationFile=file:{logging}"'
    )
    options = {
        **_MEANING,
        "spark.master": master,
        "spark.app.name": "vouch",
        "spark.driver.extraJavaOptions": java,
        "spark.driver.maxResultSize": "0",  # answers pass through, and are asked for in parts
        "spark.local.dir": str(scratch),
        "spark.log.level": "ERROR",
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.warehouse.dir": str(scratch / "warehouse"),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    if master.startswith("local"):
        options |= {
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.host": "127.0.0.1",
            "spark.driver.memory": "2g",
            "spark.sql.shuffle.partitions": str(4 * (os.cpu_count() or 1)),
        }
    return options


def check_java() -> None:
    """Raises `SetupError` unless there is a Java that Spark can run on."""
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=str(Path(home, "bin")) if home else None)
    what = f"Spark needs Java {_LEAST_JAVA} or newer"
    how = (
        f"install it (for example `apt install openjdk-{_LEAST_JAVA}-jre-headless`), "
        "or name its folder in JAVA_HOME"
    )
    if java is None:
        raise SetupError(f"{what}, and none was found{f' in {home}' if home else ''}: {how}")
    said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr  # noqa: S603
    version = re.search(r'version "(?:1\.)?(\d+)', said)
    if version is None or int(version[1]) < _LEAST_JAVA:
        found = version[1] if version else "no Java at all"
        raise SetupError(f"{what}, and {java} is {found}: {how}")
