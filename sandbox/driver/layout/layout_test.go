package layout

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func repository(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module assetguard\n\ngo 1.26\n"), 0o600))
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "sandbox", "driver"), 0o750))
	return dir
}

func TestFind(t *testing.T) {
	root := repository(t)
	elsewhere := t.TempDir()
	tests := map[string]struct {
		from string
		env  map[string]string
		want Layout
		errs []string
	}{
		"defaults from a folder below": {
			from: filepath.Join(root, "sandbox", "driver"),
			want: Layout{Repository: root, Dir: filepath.Join(root, ".sandbox"), Port: 4566, Settings: filepath.Join(root, "Pulumi.local.yaml")},
		},
		"moved by the environment": {
			from: root,
			env:  map[string]string{EnvDir: elsewhere, EnvPort: "5000", EnvSettings: filepath.Join(elsewhere, "tried.yaml")},
			want: Layout{Repository: root, Dir: elsewhere, Port: 5000, Settings: filepath.Join(elsewhere, "tried.yaml")},
		},
		"all faults at once": {
			from: elsewhere,
			env:  map[string]string{EnvPort: "http"},
			errs: []string{"not inside the assetguard repository", `ASSETGUARD_SANDBOX_PORT="http": give a port`},
		},
		"a privileged port": {from: root, env: map[string]string{EnvPort: "80"}, errs: []string{"from 1024 to 65535"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := Find(test.from, func(name string) string { return test.env[name] })
			if test.errs == nil {
				require.NoError(t, err)
			}
			for _, want := range test.errs {
				require.ErrorContains(t, err, want)
			}
			assert.Equal(t, test.want, got)
		})
	}
}

func TestEnvironmentHandsNothingOfARealAccountOn(t *testing.T) {
	sandbox := Layout{Repository: "/r", Dir: "/r/.sandbox", Port: 5001}

	got := sandbox.Environment([]string{
		"HOME=/home/me", "PATH=/bin", "AWS_PROFILE=prod", "AWS_SESSION_TOKEN=secret", "AWS_ACCESS_KEY_ID=AKIAREAL",
		"AWS_ENDPOINT_URL_S3=https://s3.example.com", "TF_AWS_STS_ENDPOINT=https://sts", "PULUMI_ACCESS_TOKEN=secret", "PULUMI_HOME=/home/me/.pulumi",
		"no_proxy=intranet,localhost",
	})

	assert.Equal(t, []string{
		"ASSETGUARD_SANDBOX_DIR=/r/.sandbox",
		"ASSETGUARD_SANDBOX_PORT=5001",
		"AWS_ACCESS_KEY_ID=test",
		"AWS_CONFIG_FILE=" + os.DevNull,
		"AWS_DEFAULT_REGION=ap-northeast-2",
		"AWS_EC2_METADATA_DISABLED=true",
		"AWS_ENDPOINT_URL=http://127.0.0.1:5001",
		"AWS_PAGER=",
		"AWS_REGION=ap-northeast-2",
		"AWS_SECRET_ACCESS_KEY=test",
		"AWS_SHARED_CREDENTIALS_FILE=" + os.DevNull,
		"HOME=/home/me",
		"NO_PROXY=127.0.0.1,localhost,intranet",
		"PATH=/bin",
		"PULUMI_BACKEND_URL=file:///r/.sandbox/backend",
		"PULUMI_CONFIG_PASSPHRASE=assetguard-local",
		"PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true",
		"PULUMI_HOME=/r/.sandbox/pulumi-home",
		"PULUMI_SKIP_UPDATE_CHECK=true",
		"no_proxy=127.0.0.1,localhost,intranet",
	}, got)
}

func TestExportsAreShellLines(t *testing.T) {
	got := Layout{Port: 5001}.Exports()

	assert.Contains(t, got, "unset AWS_PROFILE AWS_SESSION_TOKEN\n")
	assert.Contains(t, got, "export AWS_ENDPOINT_URL='http://127.0.0.1:5001'\n")
	assert.NotContains(t, got, "PULUMI")
}
