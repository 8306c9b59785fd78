package autotag

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"assetguard/internal/createevent"
)

var update = flag.Bool("update", false, "write docs/covered-events.md anew")

// TestDocumentation: docs/covered-events.md says what the table says.
func TestDocumentation(t *testing.T) {
	const file = "../../docs/covered-events.md"
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(coveredEvents()), 0o600))
	}
	have, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, coveredEvents(), string(have), "run `go test ./lambdas/autotag -update`")
}

// coveredEvents writes the table as a page: a line for each kind of asset.
func coveredEvents() string {
	services, kinds, events := map[string]bool{}, []string{}, map[string][]string{}
	for _, w := range table {
		service, _, _ := strings.Cut(w.event.EventSource, ".")
		services[service] = true
		key := service + "|" + w.kind
		if _, there := events[key]; !there {
			kinds = append(kinds, key)
		}
		events[key] = append(events[key], w.event.Name)
	}
	var page strings.Builder
	fmt.Fprintf(&page, "# Covered events\n\nWritten from the table of `lambdas/autotag` by `go test ./lambdas/autotag -update`; do not edit.\n\n"+
		"%d create events of %d services are tagged. An event of another service wakes nobody; the daily sweep finds its\nassets. "+
		"The resource type is what rules of the [tag policy](tag-policy.md) match; its first part is the service.\n\n", len(table), len(services))
	page.WriteString("| events of | resource type | events | tags are read by | and written by |\n|---|---|---|---|---|\n")
	for _, key := range kinds {
		service, kind, _ := strings.Cut(key, "|")
		of, _, _ := strings.Cut(kind, ":")
		fmt.Fprintf(&page, "| `%s` | `%s` | %s | %s | %s |\n", service, kind, strings.Join(events[key], ", "),
			through(ways[of].read != nil), through(ways[of].write != nil))
	}
	page.WriteString("\n## Databases that become ready late\n\n" +
		"RDS refuses tags for some states of what it makes, for hours when a large database is restored. Its own events tell when\n" +
		"an asset takes tags. What the create event tagged by then stays as it is; else the asset gets what the policy decides,\n" +
		"without `Creator` and `CreatedAt`, which these events do not know.\n\n| event | ids |\n|---|---|\n")
	for _, r := range createevent.AllReady() {
		fmt.Fprintf(&page, "| %s | %s |\n", r.DetailType, strings.Join(r.EventIDs, ", "))
	}
	return page.String()
}

func through(own bool) string {
	if own {
		return "its own call"
	}
	return "the tagging API"
}
