"""Start everything on this machine and greet: what `make run` and `make dev` end with.

Used as `python -m config.build.serve [PROCFILE]`. A demo portfolio is made first, unless DEMO=0 or somebody is there.
"""

import io
import os
import socket
import sys
import threading
import time
from pathlib import Path

import django

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE = 120.0
GRACE = 30


def port_is_free(port: int) -> bool:
    """Return whether nothing listens there yet."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) != 0


def make_demo() -> None:
    """Fill an empty house with the demo portfolio, and keep what it says about signing in for the next start."""
    from django.conf import settings
    from django.core.management import call_command

    from accounts.models import User
    from config.environment import Environment
    from retention.demo.run import is_built

    wanted = Environment(os.environ).boolean("DEMO", True)
    if not wanted or is_built() or User.objects.filter(is_demo=False).exists():
        return
    print(f"A demo portfolio is being made in {settings.DATA_DIR}, up to two minutes ...", flush=True)
    said = io.StringIO()
    call_command("demo", stdout=said)
    kept = sign_ins()
    kept.touch(mode=0o600)
    kept.write_text(said.getvalue(), encoding="utf-8")


def sign_ins() -> Path:
    """Return where the demo's sign-ins are kept: its password is made by chance, and stored only as a hash."""
    from django.conf import settings

    return Path(settings.DATA_DIR) / "demo-sign-ins.txt"


def greet() -> None:
    """Print the address as soon as the web server answers, and the demo's sign-ins; web prints a first start's code."""
    from django.conf import settings

    from accounts.models import User
    from config.start import web_answers

    deadline = time.monotonic() + PATIENCE
    while not web_answers(settings.PORT, settings.SITE_URL):
        if time.monotonic() > deadline:
            print(f"Nothing answers on port {settings.PORT}; the lines above may say why.", file=sys.stderr)
            return
        time.sleep(0.3)
    print(f"\n  Constante is ready: {settings.SITE_URL}/\n", flush=True)
    if sign_ins().exists() and User.objects.filter(is_demo=True).exists():
        print(sign_ins().read_text(encoding="utf-8"))
    print("\n  Ctrl+C stops it.\n", flush=True)


def main() -> int:
    """Prepare, start the processes of the Procfile, greet; returns when they have stopped."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.conf import settings
    from honcho import manager as honcho

    procfile = ROOT / (sys.argv[1] if len(sys.argv) > 1 else "Procfile")
    if not port_is_free(settings.PORT):
        print(f"Port {settings.PORT} is taken. Choose another: make run PORT=8001", file=sys.stderr)
        return 1
    make_demo()
    # A worker needs up to six seconds to end what it has begun; Honcho would kill it after five.
    honcho.KILL_WAIT = GRACE
    manager = honcho.Manager()
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    variables = {**os.environ, "PATH": path, "PORT": str(settings.PORT)}
    for line in procfile.read_text(encoding="utf-8").splitlines():
        name, _, command = line.partition(":")
        manager.add_process(name, command.strip(), env=variables, cwd=str(ROOT))
    threading.Thread(target=greet, daemon=True).start()
    manager.loop()
    return int(manager.returncode or 0)


if __name__ == "__main__":
    sys.exit(main())
