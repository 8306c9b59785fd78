package bridge

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/archive"
)

// assetProperty is a property that is an archive or asset in Pulumi and the path of a file in Terraform.
type assetProperty struct {
	name resource.PropertyKey
	// hash is the property that tells Terraform of a new content behind the same path, "" when there is none. It is
	// filled unless the program fills it.
	hash resource.PropertyKey
}

// assetFiles turns assets into files named by the hash of their content, so that the same content has the same path
// in every run and a new content has a new one.
type assetFiles struct{ dir string }

// content is an asset or archive on its way into a file.
type content struct {
	file  string // the file's name
	hash  string
	bytes func() ([]byte, error) // nil when only the hash is known
}

// in replaces the assets among p by paths. write says whether the files are needed now, else only their paths are.
// It returns the hash properties that it filled.
func (f assetFiles) in(properties []assetProperty, p resource.PropertyMap, write bool) ([]resource.PropertyKey, error) {
	var filled []resource.PropertyKey
	for _, a := range properties {
		v, wrap := bare(p[a.name])
		c, err := contentOf(v)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", a.name, err)
		}
		if c == nil {
			continue
		}
		path := filepath.Join(f.dir, c.file)
		if write && c.bytes != nil {
			if err := f.write(path, c.bytes); err != nil {
				return nil, fmt.Errorf("%s: %w", a.name, err)
			}
		}
		p[a.name] = wrap(resource.NewProperty(path))
		if given, ok := p[a.hash]; a.hash != "" && (!ok || given.IsNull()) {
			p[a.hash] = resource.NewProperty(c.hash)
			filled = append(filled, a.hash)
		}
	}
	return filled, nil
}

// out puts the assets of original back in place of their paths.
func (assetFiles) out(properties []assetProperty, p, original resource.PropertyMap) {
	for _, a := range properties {
		if _, ok := p[a.name]; !ok {
			continue
		}
		if v, ok := original[a.name]; ok {
			p[a.name] = v
		}
	}
}

// contentOf returns nil for a value that is neither an asset nor an archive. Archives become zip files.
func contentOf(v resource.PropertyValue) (*content, error) {
	switch {
	case v.IsArchive():
		a := v.ArchiveValue()
		if a.Hash == "" {
			if err := a.EnsureHash(); err != nil {
				return nil, err
			}
		}
		c := &content{file: a.Hash + ".zip", hash: a.Hash}
		if a.HasContents() {
			c.bytes = func() ([]byte, error) { return a.Bytes(archive.ZIPArchive) }
		}
		return c, nil
	case v.IsAsset():
		a := v.AssetValue()
		if a.Hash == "" {
			if err := a.EnsureHash(); err != nil {
				return nil, err
			}
		}
		c := &content{file: a.Hash, hash: a.Hash}
		if a.HasContents() {
			c.bytes = a.Bytes
		}
		return c, nil
	}
	return nil, nil
}

// write makes the file unless it is there: the same name is the same content. It appears whole, since several plugins
// may write it at once.
func (f assetFiles) write(path string, bytes func() ([]byte, error)) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	b, err := bytes()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(f.dir, filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) // gone already when the rename succeeded
	_, written := file.Write(b)
	if err := errors.Join(written, file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}
