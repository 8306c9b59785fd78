#!/usr/bin/env bash
set -euo pipefail
printf 'if true; then\n    umask 022\nfi\n' >/etc/bashrc
