package driver

import (
	"errors"
	"os"
	"strings"
)

// verdict is what to do with the stack's state.
type verdict int

const (
	freshState   verdict = iota // there is none
	keepState                   // it describes what the running server has
	discardState                // it describes what is gone
)

// judge compares the server that the state was made against with the one that runs (empty: none runs).
// The emulator keeps everything in memory: with another server all that the state describes is gone.
func judge(recorded, running string, hasState bool) verdict {
	switch {
	case !hasState:
		return freshState
	case running != "" && recorded == running:
		return keepState
	default:
		return discardState
	}
}

// readInstance is the recorded server, empty when none was.
func readInstance(path string) (string, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	return strings.TrimSpace(string(text)), err
}

func writeInstance(path, instance string) error {
	return os.WriteFile(path, []byte(instance+"\n"), 0o600)
}
