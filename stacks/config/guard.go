package config

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// DummyCredential is the access key and the secret key of the sandbox.
const DummyCredential = "test"

// endpointVariable matches the variables by which the AWS SDKs and the AWS provider take another endpoint
// than AWS's own: AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_<SERVICE>, and the provider's older names.
var endpointVariable = regexp.MustCompile(
	`^(AWS_ENDPOINT_URL(_[A-Z0-9_]+)?|TF_AWS_[A-Z0-9_]+_ENDPOINT|AWS_(S3|IAM|STS|DYNAMODB)_ENDPOINT)$`)

// realCredentials are the variables through which the AWS SDKs find other credentials
// than the dummy keys. Files that they read by default are harmless: an endpoint in the environment wins over them.
var realCredentials = []string{
	"AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
	"AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_DEFAULT_PROFILE",
	"AWS_PROFILE", "AWS_ROLE_ARN", "AWS_SESSION_TOKEN",
	"AWS_WEB_IDENTITY_TOKEN_FILE",
}

// CheckLocal refuses an environment in which the local stack could reach a real account: endpoints must be
// on the loopback interface and credentials the sandbox's dummies. environ is what os.Environ returns. The
// error joins every fault.
func CheckLocal(environ []string) error {
	variables := variablesOf(environ)
	faults := slices.Concat(
		endpointFaults(variables),
		credentialFaults(variables),
	)
	if len(faults) == 0 {
		return nil
	}
	return fmt.Errorf("the environment does not belong to the sandbox, and the stack %s runs only there: "+
		"use `make up`, or `eval \"$(make -s env)\"` before plain pulumi:\n%w",
		StackLocal, errors.Join(faults...))
}

func endpointFaults(variables []variable) []error {
	var faults []error
	if value(variables, "AWS_ENDPOINT_URL") == "" {
		faults = append(faults, errors.New("AWS_ENDPOINT_URL is not set: set it to http://127.0.0.1:4566"))
	}
	if v := value(variables, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"); v != "" && !strings.EqualFold(v, "false") {
		faults = append(faults, fmt.Errorf("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS is %q: unset it", v))
	}
	for _, v := range variables {
		if endpointVariable.MatchString(v.name) && v.value != "" && !isLoopback(v.value) {
			faults = append(faults, fmt.Errorf("%s is %s, which is not on the loopback interface: unset it, or set it to http://127.0.0.1:4566",
				v.name, withoutUser(v.value)))
		}
	}
	return faults
}

func credentialFaults(variables []variable) []error {
	var faults []error
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"} {
		if v := value(variables, name); v != "" && v != DummyCredential {
			faults = append(faults, fmt.Errorf("%s is not the dummy %q: unset it, or set it to %s", name, DummyCredential, DummyCredential))
		}
	}
	for _, v := range variables {
		if v.value != "" && slices.Contains(realCredentials, v.name) {
			faults = append(faults, fmt.Errorf("%s is set: unset it", v.name))
		}
	}
	return faults
}

// CheckAccount refuses an environment that still points at the sandbox: a stack of a real account would
// deploy into the emulator. environ is what os.Environ returns. The error joins every fault.
func CheckAccount(environ []string) error {
	var faults []error
	for _, v := range variablesOf(environ) {
		if endpointVariable.MatchString(v.name) && isLoopback(v.value) {
			faults = append(faults, fmt.Errorf("%s is %s: unset it", v.name, withoutUser(v.value)))
		}
	}
	if len(faults) == 0 {
		return nil
	}
	return fmt.Errorf("the environment still points at the sandbox, and this stack is for a real account:\n%w",
		errors.Join(faults...))
}

// isLoopback tells whether an endpoint URL leads to this machine only.
func isLoopback(endpoint string) bool {
	u, err := url.Parse(endpoint)
	if err != nil {
		return false
	}
	host := u.Hostname()
	if strings.EqualFold(host, "localhost") {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.Unmap().IsLoopback()
}

// withoutUser is the endpoint as it may stand in an error.
func withoutUser(endpoint string) string {
	u, err := url.Parse(endpoint)
	if err != nil {
		return "no URL"
	}
	return u.Redacted()
}

type variable struct{ name, value string }

func variablesOf(environ []string) []variable {
	variables := make([]variable, 0, len(environ))
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		variables = append(variables, variable{name, value})
	}
	slices.SortFunc(variables, func(a, b variable) int { return strings.Compare(a.name, b.name) })
	return variables
}

func value(variables []variable, name string) string {
	for _, v := range variables {
		if v.name == name {
			return v.value
		}
	}
	return ""
}
