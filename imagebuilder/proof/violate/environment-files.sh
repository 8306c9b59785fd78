#!/usr/bin/env bash
set -euo pipefail
useradd --create-home editor
chmod 666 /home/editor/.bashrc
