package layout

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"assetguard/sandbox/port"
)

// Environment variables by which a user moves the sandbox.
const (
	EnvDir  = "ASSETGUARD_SANDBOX_DIR" // state directory, instead of .sandbox below the repository
	EnvPort = port.Env                 // port of the gateway on 127.0.0.1, instead of 4566
	// EnvSettings is a file with the stack's configuration, instead of Pulumi.local.yaml: to try other settings.
	EnvSettings = "ASSETGUARD_SANDBOX_SETTINGS"
)

// What the emulated account is. All of it is dummy; config.CheckLocal accepts nothing else.
const (
	Stack     = "local"
	Region    = "ap-northeast-2"
	AccountID = "123456789012"
	accessKey = "test"
	secretKey = "test"
	// passphrase encrypts the secrets of a stack that has none worth hiding: a fixed one asks nobody.
	passphrase = "assetguard-local"
)

const defaultPort = 4566

// Layout is where one sandbox lives.
type Layout struct {
	Repository string // root of the checkout, absolute
	Dir        string // state directory, absolute
	Port       int    // of the gateway on 127.0.0.1
	Settings   string // file with the stack's configuration, absolute
}

// Find returns the layout for a working directory inside the repository, moved by the user's environment
// (getenv is os.Getenv). All faults are reported at once.
func Find(workingDir string, getenv func(string) string) (Layout, error) {
	repository, repositoryErr := findRepository(workingDir)
	port, portErr := parsePort(getenv(EnvPort))
	if err := errors.Join(repositoryErr, portErr); err != nil {
		return Layout{}, err
	}
	dir := getenv(EnvDir)
	if dir == "" {
		dir = filepath.Join(repository, ".sandbox")
	}
	settings := getenv(EnvSettings)
	if settings == "" {
		settings = filepath.Join(repository, "Pulumi."+Stack+".yaml")
	}
	dir, dirErr := filepath.Abs(dir)
	settings, settingsErr := filepath.Abs(settings)
	if err := errors.Join(dirErr, settingsErr); err != nil {
		return Layout{}, fmt.Errorf("%s, %s: %w", EnvDir, EnvSettings, err)
	}
	return Layout{Repository: repository, Dir: dir, Port: port, Settings: settings}, nil
}

// findRepository walks up from dir to the folder that holds the program's go.mod.
func findRepository(dir string) (string, error) {
	start, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	for at := start; ; at = filepath.Dir(at) {
		text, err := os.ReadFile(filepath.Join(at, "go.mod"))
		if err == nil && strings.HasPrefix(string(text), "module assetguard\n") {
			return at, nil
		}
		if at == filepath.Dir(at) {
			return "", fmt.Errorf("%s is not inside the assetguard repository: change into its checkout", start)
		}
	}
}

func parsePort(text string) (int, error) {
	if text == "" {
		return defaultPort, nil
	}
	port, err := strconv.Atoi(text)
	if err != nil || port < 1024 || port > 65535 {
		return 0, fmt.Errorf("%s=%q: give a port from 1024 to 65535", EnvPort, text)
	}
	return port, nil
}

// Endpoint is the one URL that provider, CLI and functions talk to.
func (l Layout) Endpoint() string { return fmt.Sprintf("http://127.0.0.1:%d", l.Port) }

// Bin holds the programs that the sandbox builds.
func (l Layout) Bin() string { return filepath.Join(l.Dir, "bin") }

// PulumiHome is the sandbox's own PULUMI_HOME; the user's is only read.
func (l Layout) PulumiHome() string { return filepath.Join(l.Dir, "pulumi-home") }

// Backend holds the state of the stack.
func (l Layout) Backend() string { return filepath.Join(l.Dir, "backend") }

// Workspace holds copies of the project files, so that the engine never writes to a committed one.
func (l Layout) Workspace() string { return filepath.Join(l.Dir, "workspace") }

// Run holds pid files, locks and logs.
func (l Layout) Run() string { return filepath.Join(l.Dir, "run") }

// ServerLog is what the background server prints.
func (l Layout) ServerLog() string { return filepath.Join(l.Run(), "serve.log") }

// Instance records which server the stack's state was made against.
func (l Layout) Instance() string { return filepath.Join(l.Run(), "instance") }

// Resumed is present while an update that was cut off within a create has not been completed.
func (l Layout) Resumed() string { return filepath.Join(l.Run(), "resumed") }
