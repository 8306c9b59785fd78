package sweep

import (
	"encoding/csv"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"assetguard/internal/contract"
)

// row is one asset in the register: a JSON line.
type row struct {
	ARN                 string    `json:"arn"`
	Service             string    `json:"service"`
	Type                string    `json:"type"`
	Name                string    `json:"name"`
	Region              string    `json:"region"`
	Account             string    `json:"account"`
	Environment         string    `json:"environment"`
	AssetType           string    `json:"assetType"`
	PersonalInformation string    `json:"personalInformation"`
	Owner               string    `json:"owner"`
	Creator             string    `json:"creator"`
	CreatedAt           time.Time `json:"createdAt,omitzero"`
	FirstSeen           time.Time `json:"firstSeen"`
	AgeDays             *int      `json:"ageDays,omitempty"` // whole days from CreatedAt to the run
	Unclassified        bool      `json:"unclassified"`
	MissingKeys         []string  `json:"missingKeys,omitempty"`
	ExcludedBy          string    `json:"excludedBy,omitempty"` // the rule that leaves it alone
	Sources             []string  `json:"sources"`
}

// columns are the register's columns, in the order of row's fields.
var columns = []string{"ARN", "Service", "Type", "Name", "Region", "Account", contract.TagEnvironment, contract.TagAssetType,
	contract.TagPersonalInformation, contract.TagOwner, contract.TagCreator, contract.TagCreatedAt, "FirstSeen", "AgeDays",
	"Unclassified", "MissingKeys", "ExcludedBy", "Sources"}

// newRow makes the row of an asset; firstSeen is zero for one that no register named before.
func newRow(i *item, at, firstSeen time.Time) row {
	tags := i.carried()
	r := row{
		ARN: i.ARN, Service: i.Service, Type: i.Type, Name: tags["Name"], Region: i.Region, Account: i.Account,
		Environment: tags[contract.TagEnvironment], AssetType: tags[contract.TagAssetType],
		PersonalInformation: tags[contract.TagPersonalInformation], Owner: tags[contract.TagOwner],
		Creator: tags[contract.TagCreator], CreatedAt: i.CreatedAt, FirstSeen: firstSeen,
		Unclassified: tags[contract.TagAssetType] == contract.Unclassified,
		ExcludedBy:   i.decision.Excluded, Sources: i.Sources,
	}
	if r.Name == "" && len(i.Names) > 0 {
		r.Name = i.Names[0]
	}
	if tagged, err := time.Parse(time.RFC3339, tags[contract.TagCreatedAt]); err == nil {
		r.CreatedAt = tagged // from the event: the services' own dates can change
	}
	if r.FirstSeen.IsZero() {
		r.FirstSeen = at.Truncate(time.Second)
	}
	if !r.CreatedAt.IsZero() {
		days := int(at.Sub(r.CreatedAt) / (24 * time.Hour))
		r.AgeDays = &days
	}
	for _, key := range contract.ClassificationTags() {
		if _, has := tags[key]; !has {
			r.MissingKeys = append(r.MissingKeys, key)
		}
	}
	slices.Sort(r.MissingKeys)
	return r
}

// cells are the row's cells by column.
func (r *row) cells() []string {
	age, unclassified := "", "N"
	if r.AgeDays != nil {
		age = strconv.Itoa(*r.AgeDays)
	}
	if r.Unclassified {
		unclassified = "Y"
	}
	return []string{r.ARN, r.Service, r.Type, r.Name, r.Region, r.Account, r.Environment, r.AssetType,
		r.PersonalInformation, r.Owner, r.Creator, date(r.CreatedAt), date(r.FirstSeen), age,
		unclassified, strings.Join(r.MissingKeys, " "), r.ExcludedBy, strings.Join(r.Sources, " ")}
}

func date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// byteOrderMark has Excel read the file as UTF-8, which Korean needs.
const byteOrderMark = "\ufeff"

// table writes rows as CSV (RFC 4180) for spreadsheets.
type table struct {
	csv *csv.Writer
}

func newTable(w io.Writer) (*table, error) {
	if _, err := io.WriteString(w, byteOrderMark); err != nil {
		return nil, err
	}
	t := &table{csv.NewWriter(w)}
	t.csv.UseCRLF = true
	return t, t.csv.Write(columns)
}

func (t *table) write(r *row) error {
	cells := r.cells()
	for i := range cells {
		cells[i] = harmless(cells[i])
	}
	return t.csv.Write(cells)
}

func (t *table) close() error {
	t.csv.Flush()
	return t.csv.Error()
}

// harmless keeps a spreadsheet from taking a cell for a formula: whoever may tag or name an asset writes into
// the auditor's file. A cell that begins like a formula gets an apostrophe before it.
// https://owasp.org/www-community/attacks/CSV_Injection
func harmless(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r\n", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}
