import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from martlet_server import Server  # noqa: E402


@pytest.fixture(scope="session")
def server():
    server = Server().start()
    yield server
    server.close()


@pytest.fixture
def own_server():
    """A server that the test may kill."""
    server = Server().start()
    yield server
    server.close()
