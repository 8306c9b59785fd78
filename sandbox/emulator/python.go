package emulator

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Version is the moto that the sandbox is proven with.
const Version = "5.2.1"

// Installation is a Python that has moto.
type Installation struct {
	// Python is the interpreter's path.
	Python string
	// Moto and Botocore are versions.
	Moto, Botocore string
	// Models is botocore's directory of service models.
	Models string
}

// probe is what the interpreter says of itself.
const probe = `import json, os, importlib.metadata as m, botocore, moto.server
print(json.dumps({"moto": m.version("moto"), "botocore": botocore.__version__, "models": os.path.join(os.path.dirname(botocore.__file__), "data")}))`

// Find returns a Python with the pinned moto: the machine's, else the virtual
// environment in dir, which it makes when needed (a minute with a network). The
// error names everything that was tried and the mend.
func Find(ctx context.Context, dir string, log *slog.Logger) (*Installation, error) {
	var tried []error
	for _, python := range append(machinePythons(ctx), venvPython(dir)) {
		found, err := inspect(ctx, python)
		if err == nil && found.Moto == Version {
			return found, nil
		}
		if err == nil {
			err = fmt.Errorf("%s has moto %s, the sandbox needs %s", python, found.Moto, Version)
			log.Warn("moto has another version and is not used", "python", python, "found", found.Moto, "needed", Version)
		}
		tried = append(tried, err)
	}
	log.Info("making a Python environment for the emulator", "dir", dir, "moto", Version)
	found, err := makeVenv(ctx, dir)
	if err != nil {
		return nil, fmt.Errorf("the sandbox needs the AWS emulator moto %s and found none: %w", Version, errors.Join(append(tried, err)...))
	}
	return found, nil
}

// machinePythons returns the interpreters that may have moto: the one that
// moto_server on PATH runs under, then python3.
func machinePythons(ctx context.Context) []string {
	var out []string
	if server, err := exec.LookPath("moto_server"); err == nil {
		if python := interpreter(ctx, server); python != "" {
			out = append(out, python)
		}
	}
	if python, err := exec.LookPath("python3"); err == nil {
		out = append(out, python)
	}
	return out
}

// interpreter reads a script's first line; behind a pyenv shim, which is a shell
// script, stands the one that pyenv names.
func interpreter(ctx context.Context, script string) string {
	line := shebang(script)
	if strings.Contains(filepath.Base(line), "python") {
		return line
	}
	real, err := exec.CommandContext(ctx, "pyenv", "which", filepath.Base(script)).Output()
	if err != nil {
		return ""
	}
	if line = shebang(strings.TrimSpace(string(real))); strings.Contains(filepath.Base(line), "python") {
		return line
	}
	return ""
}

// shebang returns the program of a script's first line, or "".
func shebang(script string) string {
	f, err := os.Open(script)
	if err != nil {
		return ""
	}
	defer f.Close()
	line, _ := bufio.NewReader(f).ReadString('\n')
	program, ok := strings.CutPrefix(strings.TrimSpace(line), "#!")
	if !ok {
		return ""
	}
	fields := strings.Fields(program)
	switch {
	case len(fields) == 0:
		return ""
	case filepath.Base(fields[0]) == "env" && len(fields) > 1:
		path, err := exec.LookPath(fields[1])
		if err != nil {
			return ""
		}
		return path
	default:
		return fields[0]
	}
}

func inspect(ctx context.Context, python string) (*Installation, error) {
	cmd := exec.CommandContext(ctx, python, "-c", probe)
	cmd.Env = environment()
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s cannot load moto: %s", python, reason(err))
	}
	found := &Installation{Python: python}
	if err := json.Unmarshal(out, found); err != nil {
		return nil, fmt.Errorf("%s: unreadable answer: %w", python, err)
	}
	return found, nil
}

// reason is the last line that a failed command wrote, or its error.
func reason(err error) string {
	var exit *exec.ExitError
	if errors.As(err, &exit) && len(exit.Stderr) > 0 {
		lines := strings.Split(strings.TrimSpace(string(exit.Stderr)), "\n")
		return lines[len(lines)-1]
	}
	return err.Error()
}

func venvPython(dir string) string { return filepath.Join(dir, "bin", "python3") }

// makeVenv makes the virtual environment and installs moto in it.
func makeVenv(ctx context.Context, dir string) (*Installation, error) {
	python, err := exec.LookPath("python3")
	if err != nil {
		return nil, errors.New("python3 is not on PATH; install Python 3.10 or newer (Debian: apt-get install python3 python3-venv)")
	}
	if out, err := exec.CommandContext(ctx, python, "-m", "venv", dir).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("python3 cannot make a virtual environment in %s; install its venv module (Debian: apt-get install python3-venv): %w\n%s", dir, err, tail(out))
	}
	pip := exec.CommandContext(ctx, venvPython(dir), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "moto[server]=="+Version)
	if out, err := pip.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("pip could not install moto; check the network or proxy, or run yourself: pip install 'moto[server]==%s': %w\n%s", Version, err, tail(out))
	}
	return inspect(ctx, venvPython(dir))
}

// tail keeps the last lines of a command's output.
func tail(out []byte) string {
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return strings.Join(lines[max(0, len(lines)-5):], "\n")
}

// environment is the environment of the child: the user's, without anything that
// could name a real AWS account.
func environment() []string {
	var out []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "AWS_") {
			out = append(out, v)
		}
	}
	return out
}
