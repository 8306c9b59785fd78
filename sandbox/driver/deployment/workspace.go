package deployment

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"assetguard/sandbox/driver/layout"
)

// saltKey is what the engine writes into the stack's file on its first use.
const saltKey = "encryptionsalt:"

// packages is where the functions' packages are, relative to the project. The engine reads them itself and
// looks from the workspace.
const packages = "build"

// prepareWorkspace copies the project file and the configuration of the stack, keeps the salt
// that the engine added to the earlier copy, and links the functions' packages. A salt that the user's own
// Pulumi wrote into the committed file belongs to another state and is left out.
func prepareWorkspace(l layout.Layout) error {
	for _, dir := range []string{l.Workspace(), l.Backend(), l.PulumiHome()} {
		if err := os.MkdirAll(dir, 0o750); err != nil {
			return err
		}
	}
	project, err := os.ReadFile(filepath.Join(l.Repository, "Pulumi.yaml"))
	if err != nil {
		return err
	}
	settingsName := "Pulumi." + layout.Stack + ".yaml"
	settings, err := os.ReadFile(l.Settings)
	if err != nil {
		return err
	}
	salt, err := saltOf(filepath.Join(l.Workspace(), settingsName))
	if err != nil {
		return err
	}
	linked := filepath.Join(l.Workspace(), packages)
	if err := os.RemoveAll(linked); err != nil {
		return err
	}
	return errors.Join(
		os.Symlink(filepath.Join(l.Repository, packages), linked),
		os.WriteFile(filepath.Join(l.Workspace(), "Pulumi.yaml"), project, 0o600),
		os.WriteFile(filepath.Join(l.Workspace(), settingsName), []byte(withoutSalt(string(settings))+salt), 0o600),
	)
}

func withoutSalt(settings string) string {
	var kept strings.Builder
	for line := range strings.Lines(settings) {
		if !strings.HasPrefix(line, saltKey) {
			kept.WriteString(strings.TrimSuffix(line, "\n") + "\n")
		}
	}
	return kept.String()
}

// saltOf is the salt's line in an earlier copy, with its line feed; empty when there is none.
func saltOf(path string) (string, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, saltKey) {
			return strings.TrimSuffix(line, "\n") + "\n", nil
		}
	}
	return "", nil
}
