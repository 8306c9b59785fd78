#!/usr/bin/env bash
# rule: network-parameters
set -euo pipefail
# shellcheck source=../../../expect.sh
source "${GOLDEN_IMAGE:-/var/lib/golden-image}/expect.sh"

for file in /proc/sys/net/ipv6/conf/*/accept_redirects; do
	[ "$OS" = amazon-linux-2 ] || [ ! -e "$file" ] || [ "$(cat "$file")" = 0 ] || wrong "$file is not 0"
done

file=/etc/sysctl.d/zz-golden-image-network.conf
while read -r key value; do
	if is=$(sysctl --values "$key" 2>/dev/null) && [ "$is" != "$value" ]; then
		wrong "$key is $is, expected $value"
	else # or the kernel has no such parameter
		expect_line "$file" "$key = $value"
	fi
done <<-END
	net.ipv4.ip_forward 0
	net.ipv4.conf.all.send_redirects 0
	net.ipv4.conf.default.send_redirects 0
	net.ipv4.conf.all.accept_source_route 0
	net.ipv4.conf.default.accept_source_route 0
	net.ipv4.conf.all.accept_redirects 0
	net.ipv4.conf.default.accept_redirects 0
	net.ipv4.conf.all.secure_redirects 0
	net.ipv4.conf.default.secure_redirects 0
	net.ipv4.conf.all.log_martians 1
	net.ipv4.conf.default.log_martians 1
	net.ipv4.conf.all.rp_filter 1
	net.ipv4.conf.default.rp_filter 1
	net.ipv4.icmp_echo_ignore_broadcasts 1
	net.ipv4.icmp_ignore_bogus_error_responses 1
	net.ipv4.tcp_syncookies 1
	net.ipv6.conf.all.forwarding 0
	net.ipv6.conf.all.accept_source_route 0
	net.ipv6.conf.default.accept_source_route 0
	net.ipv6.conf.all.accept_redirects 0
	net.ipv6.conf.default.accept_redirects 0
END
verdict
