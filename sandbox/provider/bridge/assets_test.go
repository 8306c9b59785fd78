package bridge

import (
	"archive/zip"
	"os"
	"path/filepath"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/archive"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/asset"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var codeProperty = []assetProperty{{name: "code", hash: "sourceCodeHash"}}

// codeArchive is an archive made anew from the same sources, without a hash.
func codeArchive(t *testing.T, content string) resource.PropertyValue {
	t.Helper()
	file, err := asset.FromText(content)
	require.NoError(t, err)
	a, err := archive.FromAssets(map[string]any{"bootstrap": file})
	require.NoError(t, err)
	a.Hash = ""
	return resource.NewProperty(a)
}

func pathAndHash(t *testing.T, f assetFiles, v resource.PropertyValue, write bool) (string, string) {
	t.Helper()
	p := resource.PropertyMap{"code": v}
	filled, err := f.in(codeProperty, p, write)
	require.NoError(t, err)
	assert.Equal(t, []resource.PropertyKey{"sourceCodeHash"}, filled)
	return p["code"].StringValue(), p["sourceCodeHash"].StringValue()
}

func TestArchiveBecomesFileNamedByContent(t *testing.T) {
	f := assetFiles{filepath.Join(t.TempDir(), "assets")}
	path, hash := pathAndHash(t, f, codeArchive(t, "one"), true)
	assert.Equal(t, filepath.Join(f.dir, hash+".zip"), path)

	r, err := zip.OpenReader(path)
	require.NoError(t, err)
	defer r.Close()
	require.Len(t, r.File, 1)
	assert.Equal(t, "bootstrap", r.File[0].Name)

	same, sameHash := pathAndHash(t, f, codeArchive(t, "one"), true)
	assert.Equal(t, path, same)
	assert.Equal(t, hash, sameHash)
	other, otherHash := pathAndHash(t, f, codeArchive(t, "two"), true)
	assert.NotEqual(t, path, other)
	assert.NotEqual(t, hash, otherHash)

	left, err := os.ReadDir(f.dir)
	require.NoError(t, err)
	assert.Len(t, left, 2, "no unfinished files stay behind")
}

func TestAssetFileIsNotWrittenUnlessNeeded(t *testing.T) {
	f := assetFiles{filepath.Join(t.TempDir(), "assets")}
	path, _ := pathAndHash(t, f, codeArchive(t, "one"), false)
	assert.NoFileExists(t, path)
}

func TestAssetKnownByHashOnly(t *testing.T) {
	f := assetFiles{t.TempDir()}
	path, hash := pathAndHash(t, f, resource.NewProperty(&archive.Archive{Sig: archive.ArchiveSig, Hash: "abc"}), true)
	assert.Equal(t, "abc", hash)
	assert.NoFileExists(t, path)
}

func TestAssetContent(t *testing.T) {
	f := assetFiles{t.TempDir()}
	a, err := asset.FromText("hello")
	require.NoError(t, err)
	p := resource.PropertyMap{"source": resource.MakeSecret(resource.NewProperty(a))}
	filled, err := f.in([]assetProperty{{name: "source"}}, p, true)
	require.NoError(t, err)
	assert.Empty(t, filled)
	require.True(t, p["source"].IsSecret())
	b, err := os.ReadFile(p["source"].SecretValue().Element.StringValue())
	require.NoError(t, err)
	assert.Equal(t, "hello", string(b))
}

func TestGivenHashStays(t *testing.T) {
	f := assetFiles{t.TempDir()}
	p := resource.PropertyMap{"code": codeArchive(t, "one"), "sourceCodeHash": text("mine")}
	filled, err := f.in(codeProperty, p, false)
	require.NoError(t, err)
	assert.Empty(t, filled)
	assert.Equal(t, text("mine"), p["sourceCodeHash"])
}

func TestMissingFileNamesTheProperty(t *testing.T) {
	p := resource.PropertyMap{"code": resource.NewProperty(&archive.Archive{Sig: archive.ArchiveSig, Path: "/no/such.zip"})}
	_, err := assetFiles{t.TempDir()}.in(codeProperty, p, true)
	assert.ErrorContains(t, err, "code: ")
	assert.ErrorContains(t, err, "/no/such.zip")
}

func TestAssetsOut(t *testing.T) {
	original := resource.PropertyMap{"code": codeArchive(t, "one")}
	p := resource.PropertyMap{"code": text("/cache/abc.zip"), "name": text("fn")}
	assetFiles{}.out(codeProperty, p, original)
	assert.Equal(t, resource.PropertyMap{"code": original["code"], "name": text("fn")}, p)

	without := resource.PropertyMap{"name": text("fn")}
	assetFiles{}.out(codeProperty, without, original)
	assert.NotContains(t, without, resource.PropertyKey("code"))
}
