package proof

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"assetguard/imagebuilder"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

// steps are the steps of a phase of a component document, of the actions that our documents have.
func steps(t *testing.T, component *imagebuilder.Component, phase imagebuilder.Phase) []step {
	t.Helper()
	var document struct {
		Phases []struct {
			Name  imagebuilder.Phase
			Steps []step
		}
	}
	require.NoError(t, yaml.Unmarshal([]byte(component.Document), &document))
	for _, p := range document.Phases {
		if p.Name == phase {
			return p.Steps
		}
	}
	return nil
}

type step struct {
	Name   string
	Action string
	Inputs yaml.Node
}

// do executes steps as AWSTOE would, those of neighbouring commands in one container.
func do(t *testing.T, tr *tree, steps []step) {
	t.Helper()
	var commands []string
	run := func() {
		if len(commands) > 0 {
			require.NoError(t, tr.run(commands...), steps[0].Name)
		}
		commands = nil
	}
	for _, s := range steps {
		switch s.Action {
		case "CreateFile":
			run()
			s.createFiles(t, tr)
		case "ExecuteBash":
			var inputs struct{ Commands []string }
			require.NoError(t, s.Inputs.Decode(&inputs))
			commands = append(commands, inputs.Commands...)
		default:
			require.Failf(t, "action", "%s is not known here", s.Action)
		}
	}
	run()
}

func (s *step) createFiles(t *testing.T, tr *tree) {
	t.Helper()
	var inputs []struct{ Path, Content, Permissions string }
	require.NoError(t, s.Inputs.Decode(&inputs))
	for _, file := range inputs {
		path := filepath.Join(tr.root, file.Path)
		mode, err := strconv.ParseUint(file.Permissions, 8, 12)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(path, []byte(file.Content), os.FileMode(mode)))
	}
}

// compliance puts the files of the test phase in place; inside.sh runs it.
func compliance(t *testing.T, tr *tree, components []imagebuilder.Component) {
	t.Helper()
	for i := range components {
		for _, s := range steps(t, &components[i], imagebuilder.PhaseTest) {
			if s.Action == "CreateFile" || s.Name == "Folder" {
				do(t, tr, []step{s})
			}
		}
	}
}
