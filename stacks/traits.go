package stacks

import (
	"path"
	"runtime"

	"assetguard/stacks/config"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// traits are all that differs between stacks beside their configuration. A stack in a real account has
// the zero exceptions; local has those that the emulator needs, each with its reason.
type traits struct {
	// keep protects account-wide singletons and leaves them in place when the stack is destroyed, so that
	// nobody switches off the company's trail by accident. local goes away with everything it made.
	keep bool
	// goArch is what the functions run on. Lambda offers arm64, which costs less; local runs the functions
	// on this machine.
	goArch string
	// boundary says that roles carry the boundary that the account's bootstrap made. The emulator had none.
	boundary bool
	// production says that the policy gate holds the rules for production. Every stack is production that is not known
	// to be something less: local, and dev.
	production bool
	// forceDestroy empties buckets before they are destroyed: nothing in local is worth keeping.
	forceDestroy bool
	// adapt changes a provider's arguments. local: fixed dummy credentials, so that a call which misses
	// the emulator is refused by AWS; two tries, since an operation that the emulator lacks would be
	// tried for ten minutes; buckets in the path, since loopback has no bucket host names.
	adapt func(*aws.ProviderArgs)
}

// traitsOf returns the traits of a stack after checking that the environment (as os.Environ gives it)
// leads where the stack belongs: local to the emulator, all others away from it.
func traitsOf(stack string, environ []string) (traits, error) {
	if stack == config.StackLocal {
		return localTraits(), config.CheckLocal(environ)
	}
	return traits{keep: true, boundary: true, production: stack != config.StackDev, goArch: "arm64", adapt: func(*aws.ProviderArgs) {}}, config.CheckAccount(environ)
}

func localTraits() traits {
	return traits{
		goArch:       runtime.GOARCH,
		forceDestroy: true,
		adapt: func(args *aws.ProviderArgs) {
			args.AccessKey = pulumi.String(config.DummyCredential)
			args.SecretKey = pulumi.String(config.DummyCredential)
			args.MaxRetries = pulumi.Int(2)
			args.S3UsePathStyle = pulumi.Bool(true)
			args.SkipMetadataApiCheck = pulumi.Bool(true)
		},
	}
}

// zip is the built function of that name, relative to the project's root.
func (t traits) zip(function string) string {
	return path.Join("build", "lambdas", t.goArch, function+".zip")
}

// architecture is goArch in Lambda's words.
func (t traits) architecture() string {
	if t.goArch == "amd64" {
		return "x86_64"
	}
	return t.goArch
}

// singleton are the resource options of what exists once per account.
func (t traits) singleton() []pulumi.ResourceOption {
	if !t.keep {
		return nil
	}
	return []pulumi.ResourceOption{pulumi.Protect(true), pulumi.RetainOnDelete(true)}
}
