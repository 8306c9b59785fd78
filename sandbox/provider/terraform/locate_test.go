package terraform

import (
	"archive/zip"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// searchWith is a search of nothing but what the test adds.
func searchWith(t *testing.T, env map[string]string) Search {
	return Search{
		Getenv: func(name string) string {
			if v, ok := env[name]; ok {
				return v
			}
			if name == "XDG_DATA_DIRS" {
				return filepath.Join(t.TempDir(), "none")
			}
			return ""
		},
		Home: t.TempDir(), Cache: t.TempDir(),
	}
}

func write(t *testing.T, path, content string, mode os.FileMode) string {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(content), mode))
	return path
}

// unpacked puts a provider binary into the mirror at root.
func unpacked(t *testing.T, root string) string {
	return write(t, filepath.Join(root, address, Version, platform(), "terraform-provider-aws_v"+Version+"_x5"), "binary", 0o755)
}

// packed puts a provider as a zip file into the mirror at root.
func packed(t *testing.T, root string, names ...string) {
	t.Helper()
	dir := filepath.Join(root, address)
	require.NoError(t, os.MkdirAll(dir, 0o755))
	f, err := os.Create(filepath.Join(dir, fmt.Sprintf("terraform-provider-aws_%s_%s.zip", Version, platform())))
	require.NoError(t, err)
	w := zip.NewWriter(f)
	for _, name := range names {
		entry, err := w.Create(name)
		require.NoError(t, err)
		_, err = entry.Write([]byte("zipped"))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	require.NoError(t, f.Close())
}

func TestLocateByVariable(t *testing.T) {
	path := write(t, filepath.Join(t.TempDir(), "provider"), "binary", 0o755)
	s := searchWith(t, map[string]string{PathVariable: path})
	unpacked(t, filepath.Join(s.Home, ".terraform.d", "plugins"))
	got, err := s.Locate()
	require.NoError(t, err)
	assert.Equal(t, path, got, "the variable comes before every mirror")
}

func TestLocateByVariableFails(t *testing.T) {
	cases := map[string]string{
		"absent":         filepath.Join(t.TempDir(), "absent"),
		"a directory":    t.TempDir(),
		"not executable": write(t, filepath.Join(t.TempDir(), "provider"), "text", 0o644),
	}
	for name, path := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := searchWith(t, map[string]string{PathVariable: path}).Locate()
			assert.ErrorContains(t, err, PathVariable+"="+path)
			assert.ErrorContains(t, err, "point it at the terraform-provider-aws "+Version)
		})
	}
}

func TestLocateInMirrors(t *testing.T) {
	cases := map[string]func(s *Search, env map[string]string, root string) string{
		"plugins of the user": func(s *Search, _ map[string]string, _ string) string {
			return filepath.Join(s.Home, ".terraform.d", "plugins")
		},
		"plugin cache of the user": func(s *Search, _ map[string]string, _ string) string {
			return filepath.Join(s.Home, ".terraform.d", "plugin-cache")
		},
		"TF_PLUGIN_CACHE_DIR": func(_ *Search, env map[string]string, root string) string {
			env["TF_PLUGIN_CACHE_DIR"] = root
			return root
		},
		"XDG_DATA_HOME": func(_ *Search, env map[string]string, root string) string {
			env["XDG_DATA_HOME"] = root
			return filepath.Join(root, "terraform", "plugins")
		},
		"local share of the user": func(s *Search, _ map[string]string, _ string) string {
			return filepath.Join(s.Home, ".local", "share", "terraform", "plugins")
		},
		"XDG_DATA_DIRS": func(_ *Search, env map[string]string, root string) string {
			env["XDG_DATA_DIRS"] = filepath.Join(root, "a") + string(os.PathListSeparator) + filepath.Join(root, "b")
			return filepath.Join(root, "b", "terraform", "plugins")
		},
		"a shared directory": func(s *Search, _ map[string]string, root string) string {
			s.Shared = []string{root}
			return root
		},
		"directly below a shared directory": func(s *Search, _ map[string]string, root string) string {
			s.Shared = []string{filepath.Join(root, "absent"), root}
			return filepath.Join(root, "any-name")
		},
		"~/.terraformrc": func(s *Search, _ map[string]string, root string) string {
			write(t, filepath.Join(s.Home, ".terraformrc"), fmt.Sprintf(
				"provider_installation {\n  filesystem_mirror {\n    path    = %q\n    include = [\"*/*/*\"]\n  }\n  direct {}\n}\n", root), 0o644)
			return root
		},
		"TF_CLI_CONFIG_FILE, one line": func(_ *Search, env map[string]string, root string) string {
			env["TF_CLI_CONFIG_FILE"] = write(t, filepath.Join(root, "rc"), fmt.Sprintf(
				"provider_installation {\n  filesystem_mirror { path = %q }\n}\n", filepath.Join(root, "mirror")), 0o644)
			return filepath.Join(root, "mirror")
		},
		"plugin_cache_dir with a variable": func(s *Search, env map[string]string, root string) string {
			env["HOME"] = root
			write(t, filepath.Join(s.Home, ".terraformrc"), "plugin_cache_dir = \"$HOME/cache\"\n", 0o644)
			return filepath.Join(root, "cache")
		},
	}
	for name, place := range cases {
		for _, layout := range []string{"unpacked", "packed"} {
			t.Run(name+", "+layout, func(t *testing.T) {
				env := map[string]string{}
				s := searchWith(t, env)
				root := place(&s, env, t.TempDir())
				var want string
				if layout == "unpacked" {
					want = unpacked(t, root)
				} else {
					packed(t, root, "LICENSE.txt", "terraform-provider-aws_v5.100.0_x5")
					want = filepath.Join(s.Cache, Version, platform(), "terraform-provider-aws_v5.100.0_x5")
				}
				got, err := s.Locate()
				require.NoError(t, err)
				assert.Equal(t, want, got)
				assert.NoError(t, executable(got))
			})
		}
	}
}

func TestUnpackOnce(t *testing.T) {
	s := searchWith(t, map[string]string{})
	packed(t, filepath.Join(s.Home, ".terraform.d", "plugins"), "terraform-provider-aws_v5.100.0_x5")
	first, err := s.Locate()
	require.NoError(t, err)
	before, err := os.Stat(first)
	require.NoError(t, err)
	second, err := s.Locate()
	require.NoError(t, err)
	after, err := os.Stat(second)
	require.NoError(t, err)
	assert.True(t, os.SameFile(before, after), "unpacked again")

	require.NoError(t, os.WriteFile(first, []byte("cut"), 0o755))
	third, err := s.Locate()
	require.NoError(t, err)
	content, err := os.ReadFile(third)
	require.NoError(t, err)
	assert.Equal(t, "zipped", string(content), "a file of another size is replaced")
}

func TestLocateFails(t *testing.T) {
	t.Run("nowhere", func(t *testing.T) {
		s := searchWith(t, map[string]string{"TF_PLUGIN_CACHE_DIR": "/no/cache"})
		_, err := s.Locate()
		assert.ErrorContains(t, err, "terraform-provider-aws "+Version)
		assert.ErrorContains(t, err, "/no/cache")
		assert.ErrorContains(t, err, filepath.Join(s.Home, ".terraform.d", "plugins"))
		assert.ErrorContains(t, err, "terraform providers mirror")
		assert.ErrorContains(t, err, PathVariable)
	})
	t.Run("another release", func(t *testing.T) {
		s := searchWith(t, map[string]string{})
		root := filepath.Join(s.Home, ".terraform.d", "plugins")
		write(t, filepath.Join(root, address, "6.0.0", platform(), "terraform-provider-aws_v6.0.0_x5"), "binary", 0o755)
		_, err := s.Locate()
		assert.ErrorContains(t, err, "is in none of these")
	})
	t.Run("a broken zip file is named", func(t *testing.T) {
		s := searchWith(t, map[string]string{})
		file := filepath.Join(s.Home, ".terraform.d", "plugins", address, fmt.Sprintf("terraform-provider-aws_%s_%s.zip", Version, platform()))
		write(t, file, "not a zip file", 0o644)
		_, err := s.Locate()
		assert.ErrorContains(t, err, file)
	})
	t.Run("a zip file without the binary is named", func(t *testing.T) {
		s := searchWith(t, map[string]string{})
		packed(t, filepath.Join(s.Home, ".terraform.d", "plugins"), "../terraform-provider-aws", "README")
		_, err := s.Locate()
		assert.ErrorContains(t, err, "no file named terraform-provider-aws*")
	})
}
