#!/usr/bin/env bash
set -euo pipefail
dnf install -y telnet talk finger tftp-server
