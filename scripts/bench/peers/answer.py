"""What every runner shares: the question it is given, the clock it keeps, and the answer it writes.

python run_TOOL.py question.json answer.json

The question: {"files": {"order_line": path, "supplier": path}, "checks": [...], "keep": "few" | "all"}.
The answer:   {"versions": {...}, "seconds": {"import": .., "load": .., "validate": ..}, "how": "...",
               "counts": {id: {"failing": n, "unit": "rows" | "keys"} | {"cannot": why}}, "kept": n, "keptAs": "..."}
"""

import json
import sys
import time
from contextlib import contextmanager
from importlib.metadata import version

STARTED = time.perf_counter()


def question():
    with open(sys.argv[1], encoding="utf-8") as file:
        return json.load(file)


class Answer:
    def __init__(self, how, packages):
        self.body = {
            "how": how,
            "versions": {name: version(name) for name in packages},
            "seconds": {"import": time.perf_counter() - STARTED},
            "counts": {},
            "kept": 0,
            "keptAs": "",
        }

    @contextmanager
    def timed(self, what):
        started = time.perf_counter()
        yield
        self.body["seconds"][what] = time.perf_counter() - started

    def count(self, check_id, failing, unit="rows"):
        self.body["counts"][check_id] = {"failing": int(failing), "unit": unit}

    def cannot(self, check_id, why):
        self.body["counts"][check_id] = {"cannot": why}

    def kept(self, rows, as_what):
        self.body["kept"], self.body["keptAs"] = int(rows), as_what

    def write(self):
        with open(sys.argv[2], "w", encoding="utf-8") as file:
            json.dump(self.body, file)
