"""Write app/api/operations.json from the operations page of the contract: `python tools/make_operations.py PAGE`.

One row per operation: method, path, accepted scopes (without the prefix `directory:`), delivery wave.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

ROW = re.compile(r"^\| (GET|POST|PUT|DELETE) \| `([^`]+)` \| .* \| ([a-z: ]+) \| (\d) \|$")
TARGET = Path(__file__).parents[1] / "app" / "api" / "operations.json"


def rows(page: str) -> list[list[object]]:
    found = []
    for line in page.splitlines():
        if match := ROW.match(line):
            scopes = [] if match[3] == "none" else match[3].split(" or ")
            found.append([match[1], match[2], scopes, int(match[4])])
    return found


def main() -> None:
    found = rows(Path(sys.argv[1]).read_text(encoding="utf-8"))
    TARGET.write_text("[\n" + ",\n".join(json.dumps(row) for row in found) + "\n]\n", encoding="utf-8")
    print(f"{len(found)} operations")


if __name__ == "__main__":
    main()
