# SPDX-License-Identifier: Apache-2.0
"""Starts itself with a directory in front of PYTHONPATH, whose sitecustomize does not look for
the next one, as launchers do: in the way that the first argument says."""
import os
import subprocess
import sys

how, directory = sys.argv[1:]
if how == "launched":
    import asyncio

    asyncio.run(asyncio.sleep(0))
    print("launched:", getattr(sys.modules["sitecustomize"], "value", None), getattr(sys.modules.get("usercustomize"), "value", None),
          [path for path in sys.path if "probe" in path])
    sys.exit()
path = os.pathsep.join([directory, os.environ.get("PYTHONPATH", ""), directory + "/behind"])
command = [sys.executable, __file__, "launched", directory]
if how == "subprocess":
    sys.exit(subprocess.call(command, env=dict(os.environ, PYTHONPATH=path)))
os.environ["PYTHONPATH"] = path
if how == "inherited":
    sys.exit(subprocess.call(command))
os.execl(command[0], *command)
