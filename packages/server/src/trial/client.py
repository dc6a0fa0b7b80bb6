"""
The published client, loaded once: each of its commands runs in a process that is forked from this one, as if it had been started by itself. To load it
costs three seconds of processor time, and a suite has a hundred commands.

A line of the input is a command (JSON: args, env); a line of the output is what became of it (JSON: code, output). The argument is how many seconds
a command may take.
"""

import json
import os
import signal
import sys
import tempfile
import traceback
from importlib.metadata import entry_points

SECONDS_MAX = int(sys.argv[1])
(entry_point,) = entry_points(group="console_scripts", name="qualytics")
main = entry_point.load()


def become(args, env, out, err):
    """What the script does that pip has made for the command; never comes back."""
    code = 1
    try:
        signal.alarm(SECONDS_MAX)
        for stream, to in ((out, 1), (err, 2)):
            os.dup2(stream.fileno(), to)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.environ.clear()
        os.environ.update(env)
        sys.argv = ["qualytics", *args]
        sys.exit(main())
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
        else:
            code = end.code or 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def run(args, env):
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = os.fork()
        if child == 0:
            become(args, env, out, err)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        texts = []
        for stream in (out, err):
            stream.seek(0)
            texts.append(stream.read().decode("utf-8", "replace"))
        return {"code": code, "output": "".join(texts)}


for line in sys.stdin:
    print(json.dumps(run(**json.loads(line))), flush=True)
