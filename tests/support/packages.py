"""System packages that only the tests need: a browser, PostgreSQL, Redis, gettext; installed when they are missing."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

PLACES = {
    "chromium": ("/usr/bin/chromium", "/usr/bin/google-chrome", "/usr/bin/google-chrome-stable"),
    "postgresql": ("/usr/lib/postgresql",),
    "gettext": ("/usr/bin/xgettext", "/usr/local/bin/xgettext"),
    "redis-server": ("/usr/bin/redis-server", "/usr/local/bin/redis-server"),
}


def is_there(package: str) -> bool:
    """Return whether what the package brings can be found."""
    return any(Path(place).exists() for place in PLACES[package])


def missing() -> list[str]:
    """Return the packages that this machine lacks."""
    return [package for package in PLACES if not is_there(package)]


def root_command() -> list[str] | None:
    """Return what makes a command run as root: nothing for root, sudo where it asks for no password, else None."""
    if os.getuid() == 0:
        return []
    if (
        shutil.which("sudo")
        and subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0
    ):
        return ["sudo", "-n"]
    return None


def is_ubuntu() -> bool:
    """Return whether this is Ubuntu, whose package "chromium" is an empty one that wants snap."""
    release = Path("/etc/os-release")
    return release.exists() and "\nID=ubuntu" in f"\n{release.read_text(encoding='utf-8')}"


def install(packages: list[str]) -> None:
    """Install with apt; without the right to, say what to install and stop."""
    as_root = root_command()
    if as_root is None or not shutil.which("apt-get"):
        sys.exit(f"The tests need these packages, please install them: sudo apt install {' '.join(packages)}")
    print(f"Installing {', '.join(packages)} ...", flush=True)
    environment = ["env", "DEBIAN_FRONTEND=noninteractive"]
    subprocess.run([*as_root, "apt-get", "update", "-qq"], check=True)
    command = [*as_root, *environment, "apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def ensure() -> None:
    """Install what is missing."""
    wanted = missing()
    if "chromium" in wanted and is_ubuntu():
        wanted.remove("chromium")
        as_root = root_command()
        dependencies = ["--with-deps"] if as_root is not None else []
        subprocess.run([sys.executable, "-m", "playwright", "install", *dependencies, "chromium"], check=True)
    if wanted:
        install([*wanted, "fonts-liberation"] if "chromium" in wanted else wanted)
