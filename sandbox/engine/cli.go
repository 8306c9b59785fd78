package engine

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/blang/semver"
)

// Version is the Pulumi CLI that is built, and the oldest that is accepted from PATH. The Automation API
// itself asks for little (3.2.0), but the engine has to know every feature that the Go SDK of the same
// number may ask for, and this pair is the one that `make e2e` proves.
const Version = "v3.256.0"

// versionFlag stamps the CLI: the Automation API refuses one without a version.
const versionFlag = "-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=" + Version

// CLI puts the Pulumi CLI at Bin/pulumi: the one on PATH when it is new enough, else built from the
// module that tools/pulumi pins. It returns where the CLI came from, for people.
func (t Tools) CLI(ctx context.Context) (string, error) {
	target := filepath.Join(t.Bin, "pulumi")
	if path, version, ok := t.onPath(ctx); ok {
		if err := link(path, target); err != nil {
			return "", err
		}
		return fmt.Sprintf("%s on PATH (%s)", version, path), nil
	}
	_, err := t.Build(ctx, "tools/pulumi", "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi", "pulumi", "-ldflags", versionFlag)
	if err != nil {
		return "", fmt.Errorf("the Pulumi CLI could not be built; install Pulumi %s or newer, or mend the Go toolchain: %w", Version, err)
	}
	return Version + " built from its Go module", nil
}

// onPath finds a CLI that is new enough. One that cannot tell its version is none.
func (t Tools) onPath(ctx context.Context) (path, version string, ok bool) {
	path, err := t.LookPath("pulumi")
	if err != nil {
		return "", "", false
	}
	out, err := t.Run(ctx, Command{Env: t.Env, Path: path, Args: []string{"version"}})
	if err != nil {
		return "", "", false
	}
	version = strings.TrimSpace(out)
	return path, version, newEnough(version)
}

// newEnough says whether a CLI of this version serves: at least Version, of the same major version.
func newEnough(version string) bool {
	oldest := semver.MustParse(strings.TrimPrefix(Version, "v"))
	got, err := semver.ParseTolerant(version)
	return err == nil && got.Major == oldest.Major && got.GTE(oldest)
}
