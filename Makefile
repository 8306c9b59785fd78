# assetguard: `make help` lists what there is. Everything that the sandbox makes is below .sandbox/.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# Tools are built for this machine, whatever the caller cross-compiles.
unexport GOOS GOARCH

# Modules with code of ours. The linter and the tests run in each.
MODULES := . sandbox sandbox/provider
SANDBOX := .sandbox/bin/sandbox
LINT    := .sandbox/bin/golangci-lint
SHFMT   := .sandbox/bin/shfmt
ACTIONLINT := .sandbox/bin/actionlint
SCRIPTS := $(wildcard sandbox/demo/*.sh tools/*.sh) .ci/run $(wildcard .githooks/*) $(shell find imagebuilder -name '*.sh')
# The stack that up, preview, refresh and down work on: local is the sandbox, any other a real account.
STACK ?= local
# The size of a load.
EVENTS ?= 5000
OVER   ?= 60s
# The size of a burst.
FINDINGS ?= 10000
SINGLES  ?= 50

# Flags of make bench, as -strict or -skip=program.
BENCH ?=

##@ The sandbox: the whole platform on this machine

.PHONY: up
up: ## deploy the platform (STACK=dev: to a real account, after asking)
ifeq ($(STACK),local)
up: $(SANDBOX)
	@$(SANDBOX) up
else
up: build
	@go run ./account confirm -stack $(STACK)
	@pulumi up -s $(STACK)
endif

.PHONY: demo
demo: ## create assets and see their tags, a finding of each kind, the register and the evidence report
	@sandbox/demo/demo.sh

.PHONY: load
load: $(SANDBOX) ## create events in bulk while a tenth of the calls fail; the outcomes must add up (EVENTS=5000 OVER=60s)
	@$(SANDBOX) load --events $(EVENTS) --over $(OVER)

.PHONY: burst
burst: $(SANDBOX) ## import findings in bulk while calls and Slack fail; what people were told must add up (FINDINGS=10000 SINGLES=50)
	@$(SANDBOX) burst --findings $(FINDINGS) --singles $(SINGLES)

.PHONY: inbox
inbox: $(SANDBOX) ## show the e-mails and Slack posts that left the platform
	@$(SANDBOX) inbox

.PHONY: status
status: $(SANDBOX) ## show what runs and what the functions said
	@$(SANDBOX) status

.PHONY: preview
preview: ## show what up would change (STACK=dev too)
ifeq ($(STACK),local)
preview: $(SANDBOX)
	@$(SANDBOX) preview
else
preview: build
	@pulumi preview -s $(STACK)
endif

.PHONY: refresh
refresh: ## bring the state to what there is (STACK=dev too)
ifeq ($(STACK),local)
refresh: $(SANDBOX)
	@$(SANDBOX) refresh
else
refresh:
	@pulumi refresh -s $(STACK)
endif

.PHONY: env
env: $(SANDBOX) ## print lines for eval that point the AWS CLI at the sandbox
	@$(SANDBOX) env

.PHONY: down
down: $(SANDBOX) ## destroy the platform in the sandbox and stop everything
	@[ "$(STACK)" = local ] || { echo "make down is for the sandbox; use: pulumi destroy -s $(STACK)" >&2; exit 2; }
	@$(SANDBOX) down

##@ Development

.PHONY: build
build: ## build the functions for Lambda (arm64)
	@go run ./internal/build

.PHONY: test
test: fmt-check generate-check lint shell-check workflow-check ## formatting, lint, generated files, all tests of all modules
	@for module in $(MODULES); do echo "== tests of $$module"; (cd $$module && go vet ./... && go test ./...); done

.PHONY: e2e
e2e: ## everything of the sandbox from nothing: up, demo, empty previews, kill and resume, down
	@sandbox/demo/e2e.sh

.PHONY: quick
quick: fmt-check generate-check shell-check workflow-check $(LINT) ## the quick part of make test: formatting, generated files, lint of what changed
	@for module in $(MODULES); do [ -z "$$(git status --porcelain -- $$module)" ] || { echo "== lint of what changed in $$module"; \
		(cd $$module && GOGC=50 "$(CURDIR)/$(LINT)" run --new-from-rev HEAD --config "$(CURDIR)/.golangci.yml" ./...); }; done

.PHONY: image-test
image-test: ## prove the golden image's rules in a container (as root, with systemd-nspawn and debootstrap)
	@tools/image-test.sh

.PHONY: hooks
hooks: ## have git run make quick before each commit and make test before each push
	@git config core.hooksPath .githooks
	@echo "git runs .githooks from now on; git config --unset core.hooksPath takes it back"

.PHONY: bench
bench: $(SANDBOX) ## measure the functions beside Python's, and the program; BENCH=-strict fails on a missed aim
	@go -C sandbox build -buildvcs=false -o "$(CURDIR)/.sandbox/bin/bench" ./bench
	@.sandbox/bin/bench $(BENCH)

.PHONY: lint
lint: $(LINT) ## golangci-lint in all modules
	@for module in $(MODULES); do echo "== lint of $$module"; \
		(cd $$module && GOGC=50 "$(CURDIR)/$(LINT)" run --config "$(CURDIR)/.golangci.yml" ./...); done

.PHONY: fmt
fmt: $(SHFMT) ## format Go and shell
	@gofmt -w $(GOFILES)
	@$(SHFMT) -w $(SCRIPTS)

.PHONY: generate
generate: ## write the generated files anew
	@for module in $(MODULES); do (cd $$module && go generate ./...); done

.PHONY: new-component
new-component: ## add a component with its tests, its page and its place in the stacks (NAME=inventory)
	@go run ./internal/scaffold -name "$${NAME-}"

.PHONY: bootstrap
bootstrap: ## make what STACK=dev or prod needs once: state bucket, key, roles (asks before it does)
	@[ "$(STACK)" != local ] || { echo "name the stack: make bootstrap STACK=dev" >&2; exit 2; }
	@go run ./account bootstrap -stack $(STACK)

# What deadletters does: list, show or redrive; QUEUE names one that list shows.
DO ?= list
DEADLETTERS = go run ./account deadletters $(DO) -stack $(STACK) $(if $(QUEUE),-queue $(QUEUE))

.PHONY: deadletters
ifeq ($(STACK),local)
deadletters: $(SANDBOX) ## what could not be delivered, and send it on (STACK=dev too; DO=show|redrive QUEUE=findings-dead)
	@eval "$$($(SANDBOX) env)"; $(DEADLETTERS) $(if $(filter redrive,$(DO)),-yes)
else
deadletters:
	@$(DEADLETTERS)
endif

# The golden image: AMI names one to promote, else it is the newest; UNPROVEN is why the sandbox's untested one is.
IMAGE = go run ./account image
.PHONY: image-build image-status image-list image-promote
ifeq ($(STACK),local)
IMAGE := eval "$$($(SANDBOX) env)"; $(IMAGE)
image-build image-status image-list image-promote: $(SANDBOX)
endif
image-build: ## build the golden image and follow the build (STACK=prod too)
	@$(IMAGE) start -watch -stack $(STACK)
image-status: ## how the newest build of the golden image stands (STACK=prod too)
	@$(IMAGE) status -stack $(STACK)
image-list: ## golden images with age, compliance and vulnerabilities (STACK=prod too)
	@$(IMAGE) list -stack $(STACK)
image-promote: ## make a golden image production's, after asking (STACK=prod too; AMI=ami-...)
	@$(IMAGE) promote -stack $(STACK) $(if $(AMI),-ami $(AMI)) $(if $(filter local,$(STACK)),-yes) $(if $(UNPROVEN),-unproven "$(UNPROVEN)")

.PHONY: clean
clean: ## take the sandbox down and remove what was built
	@[ ! -x $(SANDBOX) ] || $(SANDBOX) down
	@rm -rf .sandbox build

.PHONY: help
help: ## this list
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} \
		/^[a-z0-9-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@printf '\n  Settings: STACK=dev|prod, ASSETGUARD_SANDBOX_PORT, ASSETGUARD_SANDBOX_DIR, ASSETGUARD_PROVIDER=official|bridge\n'

# The rest is called by the targets above.

GOFILES = $(shell git ls-files --cached --others --exclude-standard '*.go')

.PHONY: fmt-check
fmt-check: $(SHFMT)
	@echo "== formatting"
	@unformatted=$$(gofmt -l $(GOFILES)); [ -z "$$unformatted" ] || { echo "not gofmt-ed (make fmt):"; echo "$$unformatted"; exit 1; }
	@$(SHFMT) -d $(SCRIPTS)
	@for module in $(MODULES); do (cd $$module && go mod tidy -diff) || { echo "run go mod tidy in $$module"; exit 1; }; done

.PHONY: generate-check
generate-check:
	@tools/generate-check.sh

.PHONY: shell-check
shell-check:
	@if command -v shellcheck >/dev/null; then shellcheck $(SCRIPTS); else echo "== shellcheck is not installed; scripts get bash -n only"; for script in $(SCRIPTS); do bash -n $$script; done; fi

.PHONY: workflow-check
workflow-check: $(ACTIONLINT)
	@echo "== workflows"
	@$(ACTIONLINT)
	@! $(ACTIONLINT) ci/testdata/broken.yml >/dev/null || { echo "actionlint lets a broken workflow pass"; exit 1; }

# Go's build cache decides what is built again, so these always ask it.
.PHONY: FORCE
FORCE:

$(SANDBOX): FORCE
	@go -C sandbox build -buildvcs=false -o "$(CURDIR)/$@" .

$(LINT): FORCE
	@go -C tools/lint build -o "$(CURDIR)/$@" github.com/golangci/golangci-lint/v2/cmd/golangci-lint

$(SHFMT): FORCE
	@go -C tools/shfmt build -o "$(CURDIR)/$@" mvdan.cc/sh/v3/cmd/shfmt

$(ACTIONLINT): FORCE
	@go -C tools/actionlint build -o "$(CURDIR)/$@" github.com/rhysd/actionlint/cmd/actionlint
