# SPDX-License-Identifier: Apache-2.0
"""Starts itself with a directory in front of PYTHONPATH, whose sitecustomize does not look for
the next one, as launchers do: in the way that the first argument says."""
import os
import shlex
import subprocess
import sys

how, directory = sys.argv[1:]
if how == "launched":
    import asyncio

    asyncio.run(asyncio.sleep(0))
    print("launched:", getattr(sys.modules["sitecustomize"], "value", None), getattr(sys.modules.get("usercustomize"), "value", None),
          [path for path in sys.path if os.path.exists(path + "/_curtain_probe")])
    sys.exit()
path = os.pathsep.join([directory, os.environ.get("PYTHONPATH", ""), directory + "/behind"])
command = [sys.executable, __file__, "launched", directory]
own = dict(os.environ, PYTHONPATH=path)
if how in ("subprocess", "posix_spawn", "execve"):
    env = own
else:
    os.environ["PYTHONPATH"] = path
    env = os.environ
before = dict(env)
if how == "execve":
    os.execve(command[0], command, env=own)
if how == "execl":
    os.execl(command[0], *command)
if how == "execl fails":
    try:
        os.execl(directory + "/missing", "missing")
    except OSError:
        os.execve(command[0], command, os.environ)
if how in ("subprocess", "inherited"):
    status = subprocess.call(command, env=own if how == "subprocess" else None)
elif how == "system":
    status = os.system(" ".join(map(shlex.quote, command)))
else:  # posix_spawn, and with os.environ
    status = os.waitpid(os.posix_spawn(command[0], command, env), 0)[1]
if dict(env) != before:
    print("its environment has changed")
if how in ("inherited", "system"):  # what C sees
    del os.environ["PYTHONPATH"]
    os.system('echo "PYTHONPATH: $PYTHONPATH"')
sys.exit(status)
