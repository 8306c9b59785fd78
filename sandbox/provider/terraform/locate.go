package terraform

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
)

const (
	// Version is the terraform-provider-aws release that pulumi-aws v6.83.2 is built on, and the only one that the
	// mapping fits.
	Version = "5.100.0"

	// PathVariable names the environment variable that gives the binary's path outright.
	PathVariable = "ASSETGUARD_TERRAFORM_PROVIDER"

	// CacheVariable names the environment variable that gives the directory for what this plugin writes.
	CacheVariable = "ASSETGUARD_PROVIDER_CACHE"

	binaryPrefix = "terraform-provider-aws"
	address      = "registry.terraform.io/hashicorp/aws"
)

// Search is where Locate looks.
type Search struct {
	// Getenv reads the environment.
	Getenv func(string) string
	// Home is the user's home directory, "" when there is none.
	Home string
	// Shared are directories that may be a mirror themselves or hold one in a directory directly below them.
	Shared []string
	// Cache is the directory for files that can be made again: providers unpacked from zip files, and assets.
	Cache string
}

// System is the search of this machine.
func System() Search {
	s := Search{
		Getenv: os.Getenv,
		Shared: []string{"/opt", "/usr/local/share", "/usr/share"},
		Cache:  filepath.Join(os.TempDir(), "assetguard-provider"),
	}
	if home, err := os.UserHomeDir(); err == nil {
		s.Home = home
	}
	if cache, err := os.UserCacheDir(); err == nil {
		s.Cache = filepath.Join(cache, "assetguard", "provider")
	}
	if cache := os.Getenv(CacheVariable); cache != "" {
		s.Cache = cache
	}
	return s
}

// Locate returns the path of the terraform-provider-aws binary for this platform. It takes the path in
// ASSETGUARD_TERRAFORM_PROVIDER when that is set, else the first Terraform filesystem mirror that holds the release,
// unpacked or as the zip file that the registry serves. The error lists the directories that were searched and says
// how to provide the binary.
//
// The mirror layouts are Terraform's own:
// https://developer.hashicorp.com/terraform/cli/config/config-file#filesystem_mirror
func (s Search) Locate() (string, error) {
	if path := s.Getenv(PathVariable); path != "" {
		if err := executable(path); err != nil {
			return "", fmt.Errorf("%s=%s: %w; point it at the terraform-provider-aws %s binary", PathVariable, path, err, Version)
		}
		return path, nil
	}
	roots := s.roots()
	var faults []error
	for _, root := range roots {
		path, err := s.inMirror(root)
		switch {
		case err != nil:
			faults = append(faults, err)
		case path != "":
			return path, nil
		}
	}
	missing := fmt.Errorf("terraform-provider-aws %s for %s is in none of these Terraform mirrors: %s; "+
		"run `terraform providers mirror` into one of them, or set %s to the binary's path",
		Version, platform(), strings.Join(roots, ", "), PathVariable)
	return "", errors.Join(append(faults, missing)...)
}

func platform() string { return runtime.GOOS + "_" + runtime.GOARCH }

// roots are the mirrors to search, best first, each once.
func (s Search) roots() []string {
	var roots []string
	add := func(dirs ...string) {
		for _, dir := range dirs {
			if dir != "" && !slices.Contains(roots, dir) {
				roots = append(roots, dir)
			}
		}
	}
	add(s.configured()...)
	add(s.Getenv("TF_PLUGIN_CACHE_DIR"))
	if s.Home != "" {
		add(filepath.Join(s.Home, ".terraform.d", "plugins"), filepath.Join(s.Home, ".terraform.d", "plugin-cache"))
	}
	for _, dir := range s.dataDirs() {
		add(filepath.Join(dir, "terraform", "plugins"))
	}
	for _, shared := range s.Shared {
		add(shared)
		entries, err := os.ReadDir(shared)
		if err != nil {
			continue // a directory that is absent or closed to us holds no mirror for us
		}
		for _, e := range entries {
			dir := filepath.Join(shared, e.Name())
			if isDir(filepath.Join(dir, address)) {
				add(dir)
			}
		}
	}
	return roots
}

// dataDirs are the data directories of the XDG base directory specification, where Terraform looks by itself.
func (s Search) dataDirs() []string {
	var dirs []string
	if home := s.Getenv("XDG_DATA_HOME"); home != "" {
		dirs = append(dirs, home)
	} else if s.Home != "" {
		dirs = append(dirs, filepath.Join(s.Home, ".local", "share"))
	}
	if list := s.Getenv("XDG_DATA_DIRS"); list != "" {
		return append(dirs, filepath.SplitList(list)...)
	}
	return append(dirs, "/usr/local/share", "/usr/share")
}

var (
	mirrorBlock = regexp.MustCompile(`(?s)filesystem_mirror\s*\{.*?\}`)
	mirrorPath  = regexp.MustCompile(`(?m)^\s*(?:filesystem_mirror\s*\{)?\s*path\s*=\s*"([^"]+)"`)
	cachePath   = regexp.MustCompile(`(?m)^\s*plugin_cache_dir\s*=\s*"([^"]+)"`)
)

// configured reads the mirrors and the plugin cache that Terraform's CLI configuration names.
func (s Search) configured() []string {
	var files []string
	if file := s.Getenv("TF_CLI_CONFIG_FILE"); file != "" {
		files = append(files, file)
	} else if s.Home != "" {
		files = append(files, filepath.Join(s.Home, ".terraformrc"))
	}
	var dirs []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // no configuration, no mirror
		}
		for _, block := range mirrorBlock.FindAll(text, -1) {
			if m := mirrorPath.FindSubmatch(block); m != nil {
				dirs = append(dirs, string(m[1]))
			}
		}
		if m := cachePath.FindSubmatch(text); m != nil {
			dirs = append(dirs, os.Expand(string(m[1]), s.Getenv))
		}
	}
	return dirs
}

// inMirror returns the binary in the mirror at root, or "" when it has none.
func (s Search) inMirror(root string) (string, error) {
	unpacked, err := filepath.Glob(filepath.Join(root, address, Version, platform(), binaryPrefix+"*"))
	if err != nil {
		return "", fmt.Errorf("search %s: %w", root, err)
	}
	for _, path := range unpacked {
		if executable(path) == nil {
			return path, nil
		}
	}
	packed := filepath.Join(root, address, fmt.Sprintf("%s_%s_%s.zip", binaryPrefix, Version, platform()))
	if !exists(packed) {
		return "", nil // neither layout is here
	}
	return unpack(packed, filepath.Join(s.Cache, Version, platform()))
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// unpack writes the provider binary in the zip file to dir, once, and returns its path.
func unpack(zipped, dir string) (string, error) {
	archive, err := zip.OpenReader(zipped)
	if err != nil {
		return "", fmt.Errorf("unpack %s: %w", zipped, err)
	}
	defer archive.Close()
	for _, f := range archive.File {
		if !strings.HasPrefix(f.Name, binaryPrefix) || strings.ContainsAny(f.Name, `/\`) {
			continue
		}
		path := filepath.Join(dir, f.Name)
		if info, err := os.Stat(path); err == nil && uint64(info.Size()) == f.UncompressedSize64 {
			return path, nil
		}
		if err := extract(f, path); err != nil {
			return "", fmt.Errorf("unpack %s: %w", zipped, err)
		}
		return path, nil
	}
	return "", fmt.Errorf("unpack %s: no file named %s* in it", zipped, binaryPrefix)
}

// extract writes f to path under another name first, so that path is whole whenever it exists.
func extract(f *zip.File, path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	from, err := f.Open()
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(to.Name()) // gone already when the rename succeeded
	_, copied := io.Copy(to, from)
	if err := errors.Join(copied, to.Close(), os.Chmod(to.Name(), 0o755)); err != nil {
		return err
	}
	return os.Rename(to.Name(), path)
}

func executable(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() || info.Mode()&0o111 == 0 {
		return errors.New("not an executable file")
	}
	return nil
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
