package layout

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
)

// foreign are the prefixes of variables that could point a process at a real account or at the user's
// own Pulumi: none of them is handed on.
var foreign = []string{"AWS_", "TF_AWS_", "PULUMI_"}

// Environment is the user's environment without anything of AWS and Pulumi, plus the dummies that point
// everything at the sandbox. The result is sorted.
func (l Layout) Environment(user []string) []string {
	ours := l.Variables()
	for name, value := range l.engineVariables() {
		ours[name] = value
	}
	ours["NO_PROXY"] = noProxy(user)
	ours["no_proxy"] = ours["NO_PROXY"]
	var handedOn []string
	for _, variable := range user {
		name, _, _ := strings.Cut(variable, "=")
		_, replaced := ours[name]
		if !replaced && !isForeign(name) {
			handedOn = append(handedOn, variable)
		}
	}
	for name, value := range ours {
		handedOn = append(handedOn, name+"="+value)
	}
	sort.Strings(handedOn)
	return handedOn
}

// Variables are what an AWS client needs to talk to the sandbox and to nothing else.
func (l Layout) Variables() map[string]string {
	return map[string]string{
		"AWS_ENDPOINT_URL":            l.Endpoint(),
		"AWS_ACCESS_KEY_ID":           accessKey,
		"AWS_SECRET_ACCESS_KEY":       secretKey,
		"AWS_REGION":                  Region,
		"AWS_DEFAULT_REGION":          Region,
		"AWS_CONFIG_FILE":             os.DevNull,
		"AWS_SHARED_CREDENTIALS_FILE": os.DevNull,
		"AWS_EC2_METADATA_DISABLED":   "true",
		"AWS_PAGER":                   "",
	}
}

func (l Layout) engineVariables() map[string]string {
	return map[string]string{
		"PULUMI_HOME":              l.PulumiHome(),
		"PULUMI_BACKEND_URL":       "file://" + filepath.ToSlash(l.Backend()),
		"PULUMI_CONFIG_PASSPHRASE": passphrase,
		"PULUMI_SKIP_UPDATE_CHECK": "true",
		// The engine takes the provider that the sandbox installed and looks nowhere else.
		"PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
		EnvDir:  l.Dir,
		EnvPort: fmt.Sprint(l.Port),
	}
}

// Apply makes the sandbox's environment that of this process.
func (l Layout) Apply() error {
	environment := l.Environment(os.Environ())
	os.Clearenv()
	for _, variable := range environment {
		name, value, _ := strings.Cut(variable, "=")
		if err := os.Setenv(name, value); err != nil {
			return fmt.Errorf("setting %s: %w", name, err)
		}
	}
	return nil
}

// Exports are shell lines that point the AWS CLI of the calling shell at the sandbox.
func (l Layout) Exports() string {
	variables := l.Variables()
	names := make([]string, 0, len(variables))
	for name := range variables {
		names = append(names, name)
	}
	sort.Strings(names)
	var lines strings.Builder
	lines.WriteString("unset AWS_PROFILE AWS_SESSION_TOKEN\n")
	for _, name := range names {
		fmt.Fprintf(&lines, "export %s='%s'\n", name, variables[name])
	}
	return lines.String()
}

func isForeign(name string) bool {
	return slices.ContainsFunc(foreign, func(prefix string) bool { return strings.HasPrefix(name, prefix) })
}

// noProxy keeps what the user excludes from proxying and adds loopback, which botocore would proxy.
func noProxy(user []string) string {
	hosts := []string{"127.0.0.1", "localhost"}
	for _, variable := range user {
		name, value, _ := strings.Cut(variable, "=")
		if strings.EqualFold(name, "NO_PROXY") {
			for _, host := range strings.Split(value, ",") {
				if host != "" && !slices.Contains(hosts, host) {
					hosts = append(hosts, host)
				}
			}
		}
	}
	return strings.Join(hosts, ",")
}
