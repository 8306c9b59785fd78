package compliance

import (
	"bytes"
	"encoding/csv"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFilesAreRead(t *testing.T) {
	_, err := read()
	require.NoError(t, err)
}

func TestChecksAreSound(t *testing.T) {
	region := regexp.MustCompile(`^[a-z]{2}(-gov)?-[a-z]+-\d$`)
	seen := map[string]bool{}
	for _, c := range Checks() {
		assert.Regexp(t, `^[A-Z0-9_]+$`, c.ID)
		assert.Regexp(t, `^[a-z0-9-]+$`, c.Name, c.ID)
		assert.False(t, seen[c.ID] || seen[c.Name], "%s stands twice", c.ID)
		seen[c.ID], seen[c.Name] = true, true
		assert.NotEmpty(t, c.Title.En, c.ID)
		assert.NotEmpty(t, c.Title.Ko, c.ID)
		assert.Contains(t, []Origin{OriginPack, OriginOwn}, c.Origin, c.ID)
		assert.Contains(t, []Trigger{TriggerChange, TriggerPeriodic, TriggerBoth}, c.Trigger, c.ID)
		assert.Contains(t, []Severity{SeverityLow, SeverityMedium, SeverityHigh, SeverityCritical}, c.Severity, c.ID)
		assert.NotEmpty(t, c.Services, c.ID)
		assert.Regexp(t, `^https://docs\.aws\.amazon\.com/`, c.Source, c.ID)
		for _, name := range c.NotIn {
			assert.Regexp(t, region, name, c.ID)
		}
		for _, id := range c.CoveredBy {
			_, known := ControlByID(id)
			assert.True(t, known, "%s: no control %s", c.ID, id)
		}
		if c.Control == "" {
			assert.Empty(t, c.Weaker+c.ControlSource, c.ID)
			continue
		}
		_, known := ControlByID(c.Control)
		assert.True(t, known, "%s: no control %s", c.ID, c.Control)
		assert.Regexp(t, `^https://docs\.aws\.amazon\.com/securityhub/`, c.ControlSource, c.ID)
	}
}

func TestParametersAreSound(t *testing.T) {
	for _, c := range Checks() {
		for _, p := range c.Parameters {
			at := c.ID + "." + p.Name
			assert.Contains(t, []ParameterType{TypeInt, TypeBool, TypeText, TypeList, TypeChoice}, p.Type, at)
			assert.Equal(t, p.Type == TypeChoice, len(p.Values) > 0, at)
			_, err := regexp.Compile(p.Pattern)
			assert.NoError(t, err, at)
			if p.Default != "" {
				assert.Empty(t, p.problem(p.Default), "%s: its own default does not fit", at)
			}
		}
	}
}

// The facts of AWS's public pack that the list starts from: 116 rules, 35 values of parameters.
func TestThePackIsComplete(t *testing.T) {
	rules, defaults := 0, 0
	for _, c := range Checks() {
		if c.Origin != OriginPack {
			continue
		}
		rules++
		for _, p := range c.Parameters {
			// Without the defaults that are the rule's own and not the pack's.
			if p.Default != "" && !slices.Contains([]string{"MinRetentionTime", "AllowedDays", "snapshotRetentionPeriod"}, p.Name) {
				defaults++
			}
		}
	}
	assert.Equal(t, 116, rules)
	assert.Equal(t, 35, defaults)
	assert.LessOrEqual(t, len(Checks()), MaxRules, "all checks together are more than one pack takes")
}

func TestControlsAreSound(t *testing.T) {
	used := map[string]bool{}
	for _, c := range Checks() {
		used[c.Control] = true
		for _, id := range c.CoveredBy {
			used[id] = true
		}
		control, _ := ControlByID(c.Control)
		assert.True(t, c.Global || !control.Global, "%s is not global, its control %s is", c.ID, c.Control)
	}
	for _, m := range Map() {
		for _, id := range m.Controls {
			used[id] = true
		}
	}
	seen := map[string]bool{}
	for _, c := range Controls() {
		assert.Regexp(t, `^[A-Za-z0-9]+\.\d+$`, c.ID)
		assert.False(t, seen[c.ID], "%s stands twice", c.ID)
		seen[c.ID] = true
		assert.NotEmpty(t, c.Title, c.ID)
		assert.True(t, used[c.ID], "%s: nothing names it", c.ID)
		for _, s := range c.Standards {
			assert.Contains(t, Standards(), s, c.ID)
		}
	}
}

func TestCapabilitiesAreSound(t *testing.T) {
	used := map[CapabilityID]bool{}
	for _, m := range Map() {
		for _, id := range m.Capabilities {
			used[id] = true
			_, known := CapabilityByID(id)
			assert.True(t, known, "%s: no capability %s", m.Code, id)
		}
	}
	for _, c := range Capabilities() {
		assert.NotEmpty(t, c.Title.En, c.ID)
		assert.NotEmpty(t, c.Title.Ko, c.ID)
		assert.Equal(t, c.Built, c.Document != "", "%s: a built capability has a document, others have none", c.ID)
		assert.False(t, c.Built && c.Issue != 0, "%s is built and yet to come", c.ID)
		assert.True(t, used[c.ID], "%s: no code names it", c.ID)
		if c.Built {
			assert.FileExists(t, "../../"+c.Document, c.ID)
		}
	}
}

func TestMapHasEveryCodeOnce(t *testing.T) {
	for _, tc := range []struct {
		edition   Edition
		file      string
		codes     int
		automated int // at least
	}{
		{KISACloud2026, "data/kisa-cloud-2026.tsv", 19, 19},
		{ISMSP2023, "data/isms-p-2023.tsv", 101, 40},
	} {
		t.Run(string(tc.edition), func(t *testing.T) {
			text, err := files.ReadFile(tc.file)
			require.NoError(t, err)
			reader := csv.NewReader(bytes.NewReader(text))
			reader.Comma = '\t'
			rows, err := reader.ReadAll()
			require.NoError(t, err)
			part := MapOf(tc.edition)
			require.Len(t, part, tc.codes)
			require.Len(t, rows, tc.codes+1)
			automated := 0
			for i, m := range part {
				assert.Equal(t, rows[i+1][0], m.Code.ID)
				assert.Equal(t, tc.edition, m.Code.Edition)
				assert.NotEmpty(t, m.Code.Title.En, m.Code)
				assert.NotEmpty(t, m.Code.Title.Ko, m.Code)
				if m.Automated() {
					automated++
				}
			}
			assert.GreaterOrEqual(t, automated, tc.automated)
		})
	}
}

func TestMapNamesWhatExists(t *testing.T) {
	for _, m := range Map() {
		at := m.Code.String()
		for _, id := range m.Checks {
			check, known := CheckByID(id)
			assert.True(t, known, "%s: no check %s", at, id)
			assert.NotContains(t, m.Controls, check.Control, "%s names %s and its check %s", at, check.Control, id)
		}
		for _, id := range m.Controls {
			_, known := ControlByID(id)
			assert.True(t, known, "%s: no control %s", at, id)
		}
		for _, list := range [][]string{m.Checks, m.Controls, texts(m.Capabilities)} {
			assert.Len(t, slices.Compact(slices.Sorted(slices.Values(list))), len(list), "%s names something twice", at)
		}
		assert.Equal(t, m.Automated(), m.Why.En != "", "%s: evidence and its reason go together", at)
		assert.Equal(t, m.Why.En != "", m.Why.Ko != "", at)
		assert.NotEmpty(t, m.Rest.En, at)
		assert.NotEmpty(t, m.Rest.Ko, at)
		for _, text := range []string{m.Why.En, m.Why.Ko} {
			assert.NotRegexp(t, `\.\s+\S`, text, "%s: why is one sentence", at)
		}
	}
}

func TestEveryCheckIsEvidence(t *testing.T) {
	for _, c := range Checks() {
		codes := CodesOfCheck(c.ID)
		assert.NotEmpty(t, codes, "%s is evidence for nothing", c.ID)
		assert.LessOrEqual(t, len(codes), MaxRelatedRequirements, c.ID)
		assert.LessOrEqual(t, len([]rune(description(c))), maxDescription, "%s: %s", c.ID, description(c))
	}
}

func TestCodes(t *testing.T) {
	var codes []string
	for _, c := range CodesOfControl("IAM.7") {
		codes = append(codes, c.String())
	}
	assert.Equal(t, "KISA 2026 CA-04, ISMS-P 2023 2.5.4", strings.Join(codes, ", "), "through the check that IAM.7 evaluates")
	assert.Empty(t, CodesOfControl("None.1"))
	code := MapOf(ISMSP2023)[0].Code
	assert.Equal(t, "1.1", code.Chapter())
	assert.Empty(t, MapOf(KISACloud2026)[0].Code.Chapter())
	assert.Equal(t, "경영진의 참여", code.Title.In("ko"))
	assert.Equal(t, "Executive Participation", code.Title.In("en"))
}
