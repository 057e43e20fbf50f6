# SPDX-License-Identifier: Apache-2.0
"""Is opentelemetry-instrument, which executes Python again with a sitecustomize of its own in front."""
import sys

from opentelemetry.instrumentation.auto_instrumentation import run

code = "import asyncio, sys; asyncio.run(asyncio.sleep(0.001)); print('opentelemetry' in sys.modules)"
exporters = [word for kind in ("traces", "metrics", "logs") for word in ("--%s_exporter" % kind, "none")]
sys.argv = ["opentelemetry-instrument"] + exporters + [sys.executable, "-c", code]
run()
