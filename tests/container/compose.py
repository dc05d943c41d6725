#!/usr/bin/python3
"""What docker compose does with a compose file, by podman: the part that our files use.

  compose.py FILE up                 starts the services without a profile, in order
  compose.py FILE run SERVICE WORD…  runs one, gone when it ends
  compose.py FILE down               ends and removes the services; the volumes stay

Every key that is not known here is refused, so that none is passed over in silence."""

import json
import subprocess
import sys
from pathlib import Path

import yaml

ELSEWHERE = {"image", "build", "command", "profiles", "depends_on", "restart", "healthcheck"}

NAMES = {"network_mode": "--network", "working_dir": "--workdir"}


def podman(*words):
    """Without the names and numbers that it prints of what it did."""
    subprocess.run(["podman", *words], check=True, stdout=subprocess.DEVNULL)


def words_of(items):
    """A list in the form that podman reads as one, and `$$` as the `$` that it stands for."""
    return json.dumps([item.replace("$$", "$") for item in items])


class Project:
    def __init__(self, path):
        self.folder = path.parent
        self.file = yaml.safe_load(path.read_text())
        self.name = self.file["name"]
        self.services = self.file["services"]

    def options(self, service):
        """The words of `podman run` for a service's keys."""
        words = []
        for key, value in service.items():
            if key in ("user", "network_mode", "working_dir"):
                words += [NAMES.get(key, "--" + key), value]
            elif key in ("read_only", "init"):
                assert value is True
                words += ["--" + key.replace("_", "-")]
            elif key == "entrypoint":
                words += ["--entrypoint", words_of(value)]
            elif key in ("cap_drop", "cap_add", "security_opt", "tmpfs"):
                for item in value:
                    words += ["--" + key.replace("_", "-"), item.removesuffix(":true")]
            elif key == "ports":
                for item in value:
                    words += ["--publish", item]
            elif key == "volumes":
                for item in value:
                    words += ["--volume", self.volume(item)]
            elif key not in ELSEWHERE:
                sys.exit(f"compose.py does not know the key '{key}'")
        return words + self.health(service)

    def volume(self, item):
        source, _, rest = item.partition(":")
        if source in self.file["volumes"]:
            return f"{self.name}_{source}:{rest}"
        return f"{(self.folder / source).resolve()}:{rest}"

    @staticmethod
    def health(service):
        """The check itself; when it runs is the caller's."""
        if "healthcheck" not in service:
            return []
        kind, *check = service["healthcheck"]["test"]
        assert kind == "CMD"
        return ["--health-cmd", words_of(check), "--health-interval", "disable"]

    def up(self):
        for name, service in self.services.items():
            if "profiles" in service:
                continue
            # What is not to run on is what others wait for.
            way = ["--detach", "--restart", service["restart"]] if "restart" in service else ["--rm"]
            podman("run", *way, "--name", f"{self.name}-{name}", *self.options(service),
                   service["image"], *service["command"])

    def run(self, name, words):
        service = self.services[name]
        return subprocess.run(["podman", "run", "--rm", "--interactive", *self.options(service),
                               service["image"], *words], check=False).returncode

    def down(self):
        for name in reversed(self.services):
            podman("rm", "--force", "--ignore", "--time", "10", f"{self.name}-{name}")


def main():
    project = Project(Path(sys.argv[1]).resolve())
    verb, *words = sys.argv[2:]
    if verb == "up":
        project.up()
    elif verb == "down":
        project.down()
    elif verb == "run":
        sys.exit(project.run(words[0], words[1:]))
    else:
        sys.exit(__doc__)


main()
