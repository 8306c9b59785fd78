// Command mapgen writes the mapping between pulumi-aws and terraform-provider-aws; see package mapping.
//
// It finds the provider binary as the plugin does and the SDK's source in the Go module cache, and prints what it
// could not bring together.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"

	"assetguard/sandbox/provider/mapping/derive"
	"assetguard/sandbox/provider/terraform"
)

func main() {
	// -v is taken: glog, which the bridge imports, defines it.
	out := flag.String("o", "mapping.json", "file to write")
	report := flag.Bool("report", false, "list every type and property that could not be brought together")
	flag.Parse()
	if err := run(context.Background(), *out, *report); err != nil {
		fmt.Fprintln(os.Stderr, "mapgen:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out string, report bool) error {
	binary, err := terraform.System().Locate()
	if err != nil {
		return err
	}
	text, found, err := derive.FromSources(ctx, binary)
	if err != nil {
		return err
	}
	fmt.Printf("%d resources, %d functions; %d types without partner, %d objects with differences that cannot be mapped\n",
		found.Resources, found.Functions, len(found.Leftovers), len(found.Strange))
	if report {
		for _, line := range append(found.Leftovers, found.Strange...) {
			fmt.Println(line)
		}
	}
	return os.WriteFile(out, text, 0o644)
}
