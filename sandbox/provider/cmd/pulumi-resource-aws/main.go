// Command pulumi-resource-aws is the Pulumi plugin of the offline bridge; see package bridge.
//
// Installed as $PULUMI_HOME/plugins/resource-aws-v6.83.2/pulumi-resource-aws it takes the place of the official
// plugin of that release.
//
//	pulumi-resource-aws -version   print the pulumi-aws release that is served
//	pulumi-resource-aws -locate    print the path of terraform-provider-aws, or fail saying where it was sought
//
// Environment: ASSETGUARD_TERRAFORM_PROVIDER is the path of the terraform-provider-aws binary, when it is not in a
// Terraform mirror; ASSETGUARD_PROVIDER_CACHE is the directory for assets and unpacked binaries. The Terraform
// provider reads AWS_ENDPOINT_URL, AWS_REGION and the other variables of the AWS SDKs itself.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/pulumi/pulumi/pkg/v3/resource/provider"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"assetguard/sandbox/provider/bridge"
	"assetguard/sandbox/provider/mapping"
	"assetguard/sandbox/provider/terraform"
)

func main() {
	// The engine passes its address and flags of provider.Main; these two stand alone.
	var argument string
	if len(os.Args) == 2 {
		argument = os.Args[1]
	}
	var err error
	switch argument {
	case "-version":
		fmt.Println(bridge.Version)
	case "-locate":
		err = printLocation()
	default:
		err = serve(context.Background())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "pulumi-resource-aws:", err)
		os.Exit(1)
	}
}

func printLocation() error {
	path, err := terraform.System().Locate()
	if err != nil {
		return err
	}
	fmt.Println(path)
	return nil
}

// serve runs until the engine goes away.
func serve(ctx context.Context) error {
	m, err := mapping.Load()
	if err != nil {
		return err
	}
	search := terraform.System()
	path, err := search.Locate()
	if err != nil {
		return err
	}
	child, err := terraform.Launch(ctx, path)
	if err != nil {
		return err
	}
	defer child.Close()
	go endWithEngine(os.Getppid(), child)
	return provider.Main("aws", func(host *provider.HostClient) (pulumirpc.ResourceProviderServer, error) {
		return bridge.NewServer(ctx, host, child, m, filepath.Join(search.Cache, "assets"))
	})
}

// endWithEngine ends this process, and the Terraform provider with it, within a second after the engine that started
// it: the engine may be killed and then tells nobody, and provider.Main looks after it only every five minutes.
func endWithEngine(engine int, child *terraform.Provider) {
	for os.Getppid() == engine {
		time.Sleep(time.Second)
	}
	child.Close()
	os.Exit(1)
}
