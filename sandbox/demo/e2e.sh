#!/usr/bin/env bash
# make e2e: the whole platform from nothing to nothing, and everything that must hold between. Stops at
# the first step that does not.
set -euo pipefail
cd "$(dirname "$0")/../.."
sandbox=.sandbox/bin/sandbox
begun=$SECONDS
unset ASSETGUARD_SANDBOX_DIR # the state directory is removed below: only ever this one

# What a step printed, for the end of the report on a failure.
printed=.sandbox/e2e-step.log

step() {
	local start=$SECONDS
	title=$1
	shift
	printf '\n#### %s\n' "$title"
	"$@" 2>&1 | tee "$printed"
	printf '#### ok: %s (%s s)\n' "$title" "$((SECONDS - start))"
	title=
}

# Whatever happens, nothing keeps running.
cleanup() {
	local status=$?
	if [ "$status" != 0 ]; then
		tail -n 30 .sandbox/run/serve.log >&2 || echo "no log of the server" >&2
		"$sandbox" down >&2 || echo "make down failed too" >&2
		# Last, since whoever reads a report begins at its end.
		printf '\n#### FAILED: %s, status %s, after %s s. It ended with:\n' "${title:-between steps}" "$status" "$((SECONDS - begun))" >&2
		[ -z "${title-}" ] || tail -n 40 "$printed" >&2
	fi
	exit "$status"
}
trap cleanup EXIT
# Without these an interrupted run would reach cleanup with the status of the last command that ended well.
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# The tools below .sandbox stay: they are only rebuilt from what is committed.
fresh() {
	"$sandbox" down
	rm -rf .sandbox/backend .sandbox/workspace .sandbox/run
}

# cut_off kills everything that deploys, in the middle of it and without a word, as a crash of the machine
# would; only the server stays.
cut_off() {
	local log=.sandbox/cut-off.log victim tries
	setsid "$sandbox" up >"$log" 2>&1 &
	local driver=$!
	for ((tries = 0; tries < 3000; tries++)); do
		[ "$(grep -c '^     +  ' "$log")" -lt 5 ] || break
		kill -0 "$driver" 2>/dev/null || { # it ended before it could be killed
			cat "$log"
			return 1
		}
		sleep 0.1
	done
	# A process that is being started while the others are killed is found by another look.
	for ((tries = 0; tries < 50; tries++)); do
		for victim in $(deploying); do kill -KILL "$victim" 2>/dev/null || [ ! -e "/proc/$victim" ]; done
		[ -n "$(deploying)" ] || break
		sleep 0.1
	done
	wait "$driver" 2>/dev/null && return 1
	tail -n 3 "$log"
	rm -f "$log"
	[ -z "$(deploying)" ] || return 1
	echo "killed while it deployed"
}

# deploying lists the driver, its deployment, the engine and the provider of this sandbox, by what they run;
# not the server.
deploying() {
	local pid program
	for pid in /proc/[0-9]*; do
		program=$(readlink "$pid/exe" 2>/dev/null) || continue
		case $program in
			"$PWD"/.sandbox/bin/sandbox) grep -qz '^serve$' "$pid/cmdline" 2>/dev/null || echo "${pid#/proc/}" ;;
			"$PWD"/.sandbox/bin/* | "$PWD"/.sandbox/pulumi-home/*) echo "${pid#/proc/}" ;;
		esac
	done
}

# belonging lists every process that got its environment from the sandbox: driver, server, emulator, engine,
# provider and their children.
belonging() {
	local pid
	for pid in /proc/[0-9]*; do
		if grep -qz "^ASSETGUARD_SANDBOX_DIR=$PWD/.sandbox$" "$pid/environ" 2>/dev/null; then
			echo "${pid#/proc/} $(tr '\0' ' ' <"$pid/cmdline")"
		fi
	done
}

nothing_left() {
	local left
	left=$(belonging)
	[ -z "$left" ] || {
		printf 'still running:\n%s\n' "$left" >&2
		return 1
	}
	if (exec 3<>"/dev/tcp/127.0.0.1/${ASSETGUARD_SANDBOX_PORT:-4566}") 2>/dev/null; then
		echo "the port is still open" >&2
		return 1
	fi
	[ -z "$(git status --porcelain -- Pulumi.local.yaml)" ] || {
		echo "a committed file was changed" >&2
		return 1
	}
	echo "nothing is left running"
}

# tutorial follows docs/tutorial.md, which begins with make up and ends with make down.
tutorial() {
	go -C sandbox build -buildvcs=false -o "$PWD/.sandbox/bin/tutorial" ./tutorial
	.sandbox/bin/tutorial docs/tutorial.md
}

go -C sandbox build -buildvcs=false -o "$PWD/$sandbox" .
step "an empty sandbox" fresh
step "up" "$sandbox" up
step "a second preview shows no changes" "$sandbox" preview --expect-no-changes
step "demo" sandbox/demo/demo.sh
step "settings of the inspection change, and change back" sandbox/demo/update.sh
step "load: every event is counted once" "$sandbox" load --events 5000 --over 60s
step "burst: people are told of every finding" "$sandbox" burst --findings 500 --singles 3
step "refresh after tagging shows no changes" "$sandbox" refresh --expect-no-changes
step "preview after tagging shows no changes" "$sandbox" preview --expect-no-changes
step "status" "$sandbox" status
step "the tutorial prints what it says, down to make down" tutorial
step "nothing is left" nothing_left
step "an up that is killed" cut_off
step "the next up resumes it" "$sandbox" up
step "the resumed stack is complete" "$sandbox" preview --expect-no-changes
step "down again" "$sandbox" down
step "down with nothing up" "$sandbox" down
step "nothing is left again" nothing_left
printf '\n#### e2e passed in %s s\n' "$((SECONDS - begun))"
