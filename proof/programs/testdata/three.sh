#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs three Pythons: one after the other, and two at a time.
set -e
python=$1
here=$(dirname "$0")
"$python" "$here/worker.py" first
"$python" "$here/worker.py" second >"$2" &
"$python" "$here/worker.py" third
wait
cat "$2"
