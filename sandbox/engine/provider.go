package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// ProviderVersion is the AWS provider that the program's SDK belongs to.
const ProviderVersion = "v6.83.2"

// EnvProvider forces one kind of provider.
const EnvProvider = "ASSETGUARD_PROVIDER"

// Kind is which implementation of the AWS provider the engine runs.
type Kind string

// The official plugin is preferred; the bridge runs the same provider code where downloads do not work.
const (
	Official Kind = "official"
	Bridge   Kind = "bridge"
)

const (
	pluginName = "pulumi-resource-aws"
	// bridgeName differs from it: the engine takes any plugin on PATH, where Bin is, before an installed one.
	bridgeName = "aws-bridge"
	// stall is how long a download may stand still before it is given up. Without a network it fails
	// at once by itself.
	stall       = 60 * time.Second
	stallPeriod = 2 * time.Second
)

// ParseKind reads the value of EnvProvider; empty means that the sandbox chooses.
func ParseKind(text string) (Kind, error) {
	switch kind := Kind(text); kind {
	case "", Official, Bridge:
		return kind, nil
	default:
		return "", fmt.Errorf("%s=%q: give %q, %q or nothing", EnvProvider, text, Official, Bridge)
	}
}

// Provider installs the plugin into Home and returns which kind it is. Without a forced kind it is, in
// this order: the official one already in Home or in the user's Pulumi home; the bridge when an earlier
// call had to take it; the official one downloaded; the bridge. When none can be had the error holds the
// reason for each and what to do.
func (t Tools) Provider(ctx context.Context, forced Kind) (Kind, error) {
	if forced == Bridge {
		return Bridge, t.bridge(ctx)
	}
	if t.installed() == Official {
		return Official, nil
	}
	if users := pluginDir(t.UserHome); exists(filepath.Join(users, pluginName)) {
		return Official, errors.Join(t.unmark(), link(users, pluginDir(t.Home)))
	}
	if forced == "" && t.installed() == Bridge {
		return Bridge, t.bridge(ctx)
	}
	downloadErr := t.download(ctx)
	if downloadErr == nil {
		return Official, nil
	}
	if forced == Official {
		return "", mend(downloadErr)
	}
	if bridgeErr := t.bridge(ctx); bridgeErr != nil {
		return "", mend(errors.Join(downloadErr, bridgeErr))
	}
	return Bridge, nil
}

func mend(err error) error {
	return fmt.Errorf(`no AWS provider for the engine: %w
mend: with a network, run make up again; without one, either put the official plugin below ~/.pulumi/plugins/resource-aws-%s
      (pulumi plugin install resource aws %s on a machine with a network), or make terraform-provider-aws known to the bridge as it says above`,
		err, ProviderVersion, ProviderVersion)
}

// installed is the kind of the plugin in Home, empty when there is none. The bridge is told by the mark
// that install leaves.
func (t Tools) installed() Kind {
	switch {
	case exists(t.bridgeMark()):
		return Bridge
	case exists(filepath.Join(pluginDir(t.Home), pluginName)):
		return Official
	default:
		return ""
	}
}

// bridge builds the offline bridge, asks it whether it finds its Terraform provider, and installs it.
func (t Tools) bridge(ctx context.Context) error {
	built, err := t.Build(ctx, "sandbox/provider", "./cmd/"+pluginName, bridgeName)
	if err != nil {
		return fmt.Errorf("building the offline bridge: %w", err)
	}
	if out, err := t.Run(ctx, Command{Dir: t.Repository, Env: t.Env, Path: built, Args: []string{"-locate"}}); err != nil {
		return fmt.Errorf("offline bridge: %s", lastLines(out, 15))
	}
	// The directory may be a link to the user's plugin, which must not be written to.
	if err := os.RemoveAll(pluginDir(t.Home)); err != nil {
		return fmt.Errorf("installing the offline bridge: %w", err)
	}
	if err := link(built, filepath.Join(pluginDir(t.Home), pluginName)); err != nil {
		return fmt.Errorf("installing the offline bridge: %w", err)
	}
	return os.WriteFile(t.bridgeMark(), nil, 0o600)
}

// download installs the official plugin and gives up when nothing arrives for a while.
func (t Tools) download(ctx context.Context) error {
	if err := os.MkdirAll(t.Scratch, 0o750); err != nil {
		return err
	}
	defer os.RemoveAll(t.Scratch)
	ctx, giveUp := context.WithCancelCause(ctx)
	defer giveUp(nil)
	go watchStall(ctx, func() int64 { return size(t.Scratch) + size(pluginDir(t.Home)) }, giveUp)
	out, err := t.Run(ctx, Command{
		Dir:  t.Repository,
		Env:  append(append([]string{}, t.Env...), "TMPDIR="+t.Scratch),
		Path: filepath.Join(t.Bin, "pulumi"),
		Args: []string{"plugin", "install", "resource", "aws", ProviderVersion, "--reinstall", "--non-interactive"},
	})
	if cause := context.Cause(ctx); err != nil && cause != nil {
		return fmt.Errorf("downloading the official provider: %w", cause)
	}
	if err != nil {
		return fmt.Errorf("downloading the official provider: %s", lastLines(out, 2))
	}
	if !exists(filepath.Join(pluginDir(t.Home), pluginName)) {
		return errors.New("downloading the official provider: the CLI reported success but the plugin is not there")
	}
	return t.unmark()
}

// watchStall cancels when progress (bytes) stands still for the time of stall.
func watchStall(ctx context.Context, progress func() int64, giveUp context.CancelCauseFunc) {
	ticker := time.NewTicker(stallPeriod)
	defer ticker.Stop()
	latest, since := progress(), time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			if got := progress(); got != latest {
				latest, since = got, now
			}
			if now.Sub(since) >= stall {
				giveUp(fmt.Errorf("nothing arrived for %s", stall))
				return
			}
		}
	}
}

// size adds up the files below dir; what vanishes while it is counted does not matter.
func size(dir string) int64 {
	var bytes int64
	_ = filepath.WalkDir(dir, func(_ string, entry os.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			if info, err := entry.Info(); err == nil {
				bytes += info.Size()
			}
		}
		return nil // a file that vanished meanwhile counts nothing
	})
	return bytes
}

func pluginDir(home string) string {
	return filepath.Join(home, "plugins", "resource-aws-"+ProviderVersion)
}

// unmark forgets that the plugin was the bridge.
func (t Tools) unmark() error {
	if err := os.Remove(t.bridgeMark()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

func (t Tools) bridgeMark() string { return filepath.Join(t.Home, "bridge") }
