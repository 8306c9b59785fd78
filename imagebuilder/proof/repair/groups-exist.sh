#!/usr/bin/env bash
set -euo pipefail
groupdel nobodys
