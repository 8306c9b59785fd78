package engine

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// machine is a fake of everything that is run. Builds leave a file, a download leaves the plugin.
type machine struct {
	home       string
	ran        []string
	pathCLI    string // version of the CLI on PATH, empty for none
	noDownload bool
	noBuild    bool
	noProvider bool // the bridge does not find its Terraform provider
}

func (m *machine) run(_ context.Context, c Command) (string, error) {
	m.ran = append(m.ran, filepath.Base(c.Path)+" "+c.Args[0])
	switch {
	case c.Path == "go":
		if m.noBuild {
			return "cannot find module", errors.New("exit status 1")
		}
		return "", write(c.Args[len(c.Args)-2])
	case c.Args[0] == "version":
		return m.pathCLI + "\n", nil
	case c.Args[0] == "plugin":
		if m.noDownload {
			return "no such host", errors.New("exit status 1")
		}
		return "", write(filepath.Join(pluginDir(m.home), pluginName))
	case c.Args[0] == "-locate":
		if m.noProvider {
			return "set TF_PLUGIN_DIR", errors.New("exit status 1")
		}
		return "/mirror/terraform-provider-aws", nil
	}
	return "", errors.New("unexpected command " + c.Path)
}

func (m *machine) lookPath(string) (string, error) {
	if m.pathCLI == "" {
		return "", errors.New("not found")
	}
	return "/usr/bin/pulumi", nil
}

func write(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return err
	}
	return os.WriteFile(path, []byte("binary"), 0o600)
}

func tools(t *testing.T, m *machine) Tools {
	t.Helper()
	dir := t.TempDir()
	m.home = filepath.Join(dir, "home")
	return Tools{
		Repository: dir, Bin: filepath.Join(dir, "bin"), Home: m.home, UserHome: filepath.Join(dir, "user"),
		Scratch: filepath.Join(dir, "scratch"), Run: m.run, LookPath: m.lookPath,
	}
}

func TestNewEnough(t *testing.T) {
	tests := map[string]bool{
		"v3.256.0": true, "3.256.0": true, "v3.300.1": true, "v3.256.0-alpha.1": false, "v3.255.9": false,
		"v4.0.0": false, "v2.999.0": false, "": false, "unknown": false,
	}
	for version, want := range tests {
		assert.Equal(t, want, newEnough(version), version)
	}
}

func TestCLI(t *testing.T) {
	t.Run("on PATH and new enough", func(t *testing.T) {
		m := &machine{pathCLI: "v3.260.0"}
		tools := tools(t, m)
		origin, err := tools.CLI(t.Context())
		require.NoError(t, err)
		assert.Equal(t, "v3.260.0 on PATH (/usr/bin/pulumi)", origin)
		target, err := os.Readlink(filepath.Join(tools.Bin, "pulumi"))
		require.NoError(t, err)
		assert.Equal(t, "/usr/bin/pulumi", target)
	})
	t.Run("on PATH but old", func(t *testing.T) {
		m := &machine{pathCLI: "v3.100.0"}
		origin, err := tools(t, m).CLI(t.Context())
		require.NoError(t, err)
		assert.Equal(t, Version+" built from its Go module", origin)
		assert.Equal(t, []string{"pulumi version", "go build"}, m.ran)
	})
	t.Run("build fails", func(t *testing.T) {
		_, err := tools(t, &machine{noBuild: true}).CLI(t.Context())
		require.ErrorContains(t, err, "install Pulumi "+Version+" or newer")
		require.ErrorContains(t, err, "cannot find module")
	})
}

func TestProvider(t *testing.T) {
	users := func(tools Tools) error { return write(filepath.Join(pluginDir(tools.UserHome), pluginName)) }
	tests := map[string]struct {
		machine machine
		before  func(Tools) error
		forced  Kind
		want    Kind
		ran     []string
		errs    []string
	}{
		"user's official plugin is linked": {before: users, want: Official},
		"downloaded":                       {want: Official, ran: []string{"pulumi plugin"}},
		"offline takes the bridge": {
			machine: machine{noDownload: true}, want: Bridge,
			ran: []string{"pulumi plugin", "go build", "aws-bridge -locate"},
		},
		"bridge forced beside a user's plugin": {
			before: users, forced: Bridge, want: Bridge, ran: []string{"go build", "aws-bridge -locate"},
		},
		"official forced, offline": {
			machine: machine{noDownload: true}, forced: Official, ran: []string{"pulumi plugin"},
			errs: []string{"no such host", "mend: "},
		},
		"neither": {
			machine: machine{noDownload: true, noProvider: true},
			ran:     []string{"pulumi plugin", "go build", "aws-bridge -locate"},
			errs:    []string{"no such host", "set TF_PLUGIN_DIR", "mend: "},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			tools := tools(t, &test.machine)
			if test.before != nil {
				require.NoError(t, test.before(tools))
			}
			kind, err := tools.Provider(t.Context(), test.forced)
			assert.Equal(t, test.ran, test.machine.ran)
			if test.errs != nil {
				for _, want := range test.errs {
					require.ErrorContains(t, err, want)
				}
				return
			}
			require.NoError(t, err)
			assert.Equal(t, test.want, kind)
			assert.FileExists(t, filepath.Join(pluginDir(tools.Home), pluginName))
		})
	}
}

func TestProviderOfAnEarlierCall(t *testing.T) {
	m := &machine{noDownload: true}
	tools := tools(t, m)
	_, err := tools.Provider(t.Context(), "")
	require.NoError(t, err)

	m.ran = nil
	kind, err := tools.Provider(t.Context(), "")
	require.NoError(t, err)
	assert.Equal(t, Bridge, kind)
	assert.Equal(t, []string{"go build", "aws-bridge -locate"}, m.ran, "no second try to download")

	m.noDownload = false
	kind, err = tools.Provider(t.Context(), Official)
	require.NoError(t, err)
	assert.Equal(t, Official, kind)

	m.ran = nil
	kind, err = tools.Provider(t.Context(), "")
	require.NoError(t, err)
	assert.Equal(t, Official, kind)
	assert.Empty(t, m.ran, "what is installed is taken")
}

func TestBridgeNeverWritesIntoTheUsersPlugin(t *testing.T) {
	m := &machine{}
	tools := tools(t, m)
	users := filepath.Join(pluginDir(tools.UserHome), pluginName)
	require.NoError(t, write(users))
	_, err := tools.Provider(t.Context(), "")
	require.NoError(t, err)

	_, err = tools.Provider(t.Context(), Bridge)

	require.NoError(t, err)
	info, err := os.Lstat(users)
	require.NoError(t, err)
	assert.True(t, info.Mode().IsRegular())
}

func TestParseKind(t *testing.T) {
	for _, text := range []string{"", "official", "bridge"} {
		_, err := ParseKind(text)
		require.NoError(t, err, text)
	}
	_, err := ParseKind("terraform")
	require.ErrorContains(t, err, `ASSETGUARD_PROVIDER="terraform"`)
}

func TestLastLines(t *testing.T) {
	assert.Equal(t, "b\nc", lastLines("a\nb\nc\n", 2))
	assert.Equal(t, "a", lastLines("a", 2))
	assert.Equal(t, 3, strings.Count(lastLines(strings.Repeat("x\n", 9), 4), "\n"))
}
