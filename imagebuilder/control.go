package imagebuilder

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"gopkg.in/yaml.v3"
)

// Treatment is what becomes of one of KISA's checks.
type Treatment string

// The treatments.
const (
	Enforced      Treatment = "enforced"       // a rule brings it about, and its check proves it
	Checked       Treatment = "checked"        // a rule only checks
	NotApplicable Treatment = "not-applicable" // not the image's business
)

// Control is one of the 67 checks of KISA's guide of 2026 for Unix servers.
type Control struct {
	Code      string // U-01 to U-67
	Severity  Severity
	TitleEn   string
	TitleKo   string
	Treatment Treatment
	Rules     []string // ids of the rules that name the code; none where it is not applicable
	ReasonEn  string   // why it is not applicable
	ReasonKo  string
}

// KISA are all checks of KISA's guide, in its order. Not to be changed.
func KISA() []Control { return controls() }

var controls = sync.OnceValue(func() []Control {
	all, err := readControls()
	if err != nil {
		panic(fmt.Sprintf("imagebuilder: controls: %v", err))
	}
	return all
})

func readControls() ([]Control, error) {
	reasons, err := readReasons()
	if err != nil {
		return nil, err
	}
	text, err := files.ReadFile("data/kisa-unix-2026.tsv")
	if err != nil {
		return nil, err
	}
	reader := csv.NewReader(bytes.NewReader(text))
	reader.Comma, reader.LazyQuotes = '\t', true
	rows, err := reader.ReadAll()
	if err != nil {
		return nil, err
	}
	var all []Control
	var faults []error
	for _, row := range rows[1:] {
		c := Control{Code: row[0], Severity: Severity(row[1]), TitleKo: row[2], TitleEn: row[3]}
		c.ReasonEn, c.ReasonKo = reasons[c.Code].Reason, reasons[c.Code].ReasonKo
		faults = append(faults, c.treat())
		all = append(all, c)
	}
	return all, errors.Join(faults...)
}

// treat fills in the rules and the treatment. A control has rules or a reason, never both.
func (c *Control) treat() error {
	for _, rule := range Rules() {
		if !slices.Contains(rule.KISA, c.Code) {
			continue
		}
		c.Rules = append(c.Rules, rule.ID)
		if rule.Apply != "" {
			c.Treatment = Enforced
		} else if c.Treatment == "" {
			c.Treatment = Checked
		}
	}
	switch {
	case len(c.Rules) == 0 && c.ReasonEn != "" && c.ReasonKo != "":
		c.Treatment = NotApplicable
	case len(c.Rules) == 0:
		return fmt.Errorf("%s has no rule, and no reason in both languages why it needs none", c.Code)
	case c.ReasonEn != "":
		return fmt.Errorf("%s is said to be not applicable, and %s names it", c.Code, strings.Join(c.Rules, ", "))
	}
	return nil
}

type reason struct {
	Code     string `yaml:"code"`
	Reason   string `yaml:"reason"`
	ReasonKo string `yaml:"reason-ko"`
}

func readReasons() (map[string]reason, error) {
	text, err := files.ReadFile("data/not-applicable.yaml")
	if err != nil {
		return nil, err
	}
	var list []reason
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&list); err != nil {
		return nil, err
	}
	byCode := map[string]reason{}
	for _, r := range list {
		byCode[r.Code] = r
	}
	return byCode, nil
}
