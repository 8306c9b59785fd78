#!/usr/bin/env bash
set -euo pipefail
# As in Amazon Linux, and what an update would bring back.
mv /etc/issue /usr/lib/issue
ln -s ../usr/lib/issue /etc/issue
