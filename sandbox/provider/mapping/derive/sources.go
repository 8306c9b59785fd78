package derive

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/proto"

	"assetguard/sandbox/provider/terraform"
)

// sdkModule is the SDK that the mapping describes, in the version that go.mod requires.
const sdkModule = "github.com/pulumi/pulumi-aws/sdk/v6"

// FromSources renders mapping.json from the provider binary at the given path and the SDK's source, which the go
// command finds in its module cache or downloads.
func FromSources(ctx context.Context, binary string) ([]byte, *Report, error) {
	dir, err := moduleDir(ctx, sdkModule)
	if err != nil {
		return nil, nil, err
	}
	sdk, err := ReadSDK(filepath.Join(dir, "go", "aws"))
	if err != nil {
		return nil, nil, err
	}
	provider, err := terraform.Launch(ctx, binary)
	if err != nil {
		return nil, nil, err
	}
	defer provider.Close()
	file, report, err := Derive(sdk, proto.New(ctx, provider))
	if err != nil {
		return nil, nil, err
	}
	text, err := file.Encode()
	return text, report, err
}

// moduleDir is the directory of the source of a module that go.mod requires.
func moduleDir(ctx context.Context, module string) (string, error) {
	var problem bytes.Buffer
	cmd := exec.CommandContext(ctx, "go", "mod", "download", "-json", module)
	cmd.Stderr = &problem
	out, err := cmd.Output()
	var found struct{ Dir, Error string }
	if decoded := json.Unmarshal(out, &found); decoded != nil && err == nil {
		err = decoded
	}
	if err != nil || found.Error != "" {
		return "", fmt.Errorf("find the source of %s: %w", module, errors.Join(err, errors.New(found.Error+problem.String())))
	}
	return found.Dir, nil
}
