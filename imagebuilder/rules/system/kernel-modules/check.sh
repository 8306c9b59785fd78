#!/usr/bin/env bash
# rule: kernel-modules
set -euo pipefail
# shellcheck source=../../../expect.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/expect.sh"

for module in cramfs freevxfs hfs hfsplus jffs2 udf usb-storage dccp rds sctp tipc; do
	grep -qsxF "install $module /bin/false" /etc/modprobe.d/golden-image.conf || wrong "the module $module can be loaded"
	in_container || ! grep -qs "^${module//-/_} " /proc/modules || wrong "the module $module is loaded"
done
verdict
