package compliance

import (
	"bytes"
	"embed"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"gopkg.in/yaml.v3"
)

//go:embed data
var files embed.FS

// catalogue is everything that the data files hold. It is read once and never changed.
type catalogue struct {
	checks       []Check
	controls     []Control
	capabilities []Capability
	mappings     []Mapping
}

// data reads the embedded files. That they are sound is this package's own business, and tested.
var data = sync.OnceValue(func() *catalogue {
	c, err := read()
	if err != nil {
		panic(fmt.Sprintf("compliance: data files: %v", err))
	}
	return c
})

// Checks are all checks: those of AWS's K-ISMS pack in its order, then our own. Not to be changed.
func Checks() []Check { return data().checks }

// CheckByID finds a check by its source identifier.
func CheckByID(id string) (Check, bool) {
	return find(data().checks, func(c Check) bool { return c.ID == id })
}

// Controls are the Security Hub controls that checks and map name. Not to be changed.
func Controls() []Control { return data().controls }

// ControlByID finds a control by its id, such as IAM.7.
func ControlByID(id string) (Control, bool) {
	return find(data().controls, func(c Control) bool { return c.ID == id })
}

// Capabilities are what the platform itself does or will do. Not to be changed.
func Capabilities() []Capability { return data().capabilities }

// CapabilityByID finds a capability.
func CapabilityByID(id CapabilityID) (Capability, bool) {
	return find(data().capabilities, func(c Capability) bool { return c.ID == id })
}

// Map says for each code of both editions, in their order, what is evidence. Not to be changed.
func Map() []Mapping { return data().mappings }

func find[T any](all []T, is func(T) bool) (T, bool) {
	if i := slices.IndexFunc(all, is); i >= 0 {
		return all[i], true
	}
	var none T
	return none, false
}

func read() (*catalogue, error) {
	c := &catalogue{}
	err := errors.Join(
		readYAML("data/checks.yaml", &c.checks),
		readYAML("data/controls.yaml", &c.controls),
		readYAML("data/capabilities.yaml", &c.capabilities),
		c.readMap(KISACloud2026, "data/kisa-cloud-2026.tsv", "data/map-kisa-cloud-2026.yaml"),
		c.readMap(ISMSP2023, "data/isms-p-2023.tsv", "data/map-isms-p-2023.yaml"),
	)
	return c, err
}

// readYAML reads a file strictly: an unknown key is an error, and so is a second document.
func readYAML(path string, into any) error {
	text, err := files.ReadFile(path)
	if err != nil {
		return err
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := decoder.Decode(new(any)); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%s: text after the list", path)
	}
	return nil
}

// readMap joins the codes of an edition with what the map says of them. Both have the same codes in the same order.
func (c *catalogue) readMap(edition Edition, codesPath, mapPath string) error {
	codes, err := readCodes(edition, codesPath)
	if err != nil {
		return err
	}
	var entries []mapEntry
	if err := readYAML(mapPath, &entries); err != nil {
		return err
	}
	for i := range max(len(codes), len(entries)) {
		switch {
		case i >= len(entries):
			return fmt.Errorf("%s ends before %s", mapPath, codes[i].ID)
		case i >= len(codes) || codes[i].ID != entries[i].Code:
			return fmt.Errorf("%s: entry %d is %s, which %s does not have there", mapPath, i+1, entries[i].Code, codesPath)
		}
		if codes[i].Title.En == "" {
			codes[i].Title.En = entries[i].TitleEn
		}
		c.mappings = append(c.mappings, Mapping{Code: codes[i], Evidence: entries[i].Evidence})
	}
	return nil
}

// readCodes reads the codes of an edition from a file of tab-separated values with a head line.
func readCodes(edition Edition, path string) ([]Code, error) {
	text, err := files.ReadFile(path)
	if err != nil {
		return nil, err
	}
	reader := csv.NewReader(bytes.NewReader(text))
	reader.Comma, reader.LazyQuotes = '\t', true
	rows, err := reader.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	codes := make([]Code, 0, len(rows)-1)
	for _, row := range rows[1:] {
		code := Code{Edition: edition, ID: row[0]}
		for i, column := range rows[0] {
			switch column {
			case "title_en":
				code.Title.En = row[i]
			case "title_ko":
				code.Title.Ko = row[i]
			case "checks_ko":
				code.AsksKo = row[i]
			case "severity":
				code.Severity = Severity(row[i])
			}
		}
		codes = append(codes, code)
	}
	return codes, nil
}
