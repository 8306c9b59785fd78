package sweep

import (
	"encoding/csv"
	"io"
	"slices"
	"strings"

	"assetguard/internal/assetlist"
)

// gap is a kind that a region could not list.
type gap struct {
	Kind   string `json:"kind"`
	Region string `json:"region"`
	Reason string `json:"reason"`
}

// Words of the table of kinds.
const (
	everywhere = "all regions"
	unread     = "a list could not be read to its end"
)

var kindColumns = []string{"Kind", "ListedBy", "NotListedIn", "Reason"}

// kindRow says of one kind who lists it and where nothing did. The register may lack its assets there: it has those
// that an index or the tagging API knows.
type kindRow struct {
	kind, by         string
	regions, reasons []string
}

// kindName is the kind that a source lists, "" of one that lists all.
func kindName(source string) string {
	_, kind, _ := strings.Cut(source, " ")
	return kind
}

// kindRows has one row for each kind that the create events cover.
func kindRows(step Step) []*kindRow {
	var rows []*kindRow
	byKind := map[string]*kindRow{}
	for _, kind := range assetlist.Kinds() {
		row := byKind[kind.Name]
		if row == nil {
			row = &kindRow{kind: kind.Name, by: kind.By()}
			rows, byKind[kind.Name] = append(rows, row), row
		}
		if kind.Unlisted != "" {
			row.add(everywhere, kind.Unlisted)
		}
	}
	for _, g := range step.Gaps {
		byKind[g.Kind].add(g.Region, g.Reason)
	}
	for _, f := range step.Faults {
		byKind[kindName(f.Source)].add(f.Region, unread)
	}
	return rows
}

func (r *kindRow) add(region, reason string) {
	if r == nil {
		return // a source of all kinds, or a kind that an earlier version listed
	}
	if !slices.Contains(r.regions, region) {
		r.regions = append(r.regions, region)
	}
	if !slices.Contains(r.reasons, reason) {
		r.reasons = append(r.reasons, reason)
	}
}

// notListed counts the kinds that nothing listed somewhere.
func notListed(rows []*kindRow) int {
	n := 0
	for _, row := range rows {
		if len(row.reasons) > 0 {
			n++
		}
	}
	return n
}

// writeKinds writes the table as CSV.
func writeKinds(w io.Writer, rows []*kindRow) error {
	if _, err := io.WriteString(w, byteOrderMark); err != nil {
		return err
	}
	table := csv.NewWriter(w)
	table.UseCRLF = true
	lines := [][]string{kindColumns}
	for _, row := range rows {
		lines = append(lines, []string{row.kind, row.by, strings.Join(row.regions, " "), strings.Join(row.reasons, "; ")})
	}
	return table.WriteAll(lines)
}
