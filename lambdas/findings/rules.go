package findings

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"assetguard/internal/contract"
	"assetguard/internal/finding"
	"assetguard/internal/notice"
)

// Rules are contract.AlertRules that were checked.
type Rules struct {
	contract.AlertRules
	least []finding.Severity // by index of the route
}

// ParseRules reads the rules strictly. The error joins every fault. topics are those that the function can publish to.
func ParseRules(document string, topics map[contract.Audience]string) (Rules, error) {
	var r Rules
	decoder := json.NewDecoder(bytes.NewReader([]byte(document)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&r.AlertRules); err != nil {
		return Rules{}, fmt.Errorf("rules: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return Rules{}, errors.New("rules: something follows the document")
	}
	var faults []error
	for i, route := range r.Routes {
		least, err := finding.ParseSeverity(route.Severity)
		if err != nil {
			faults = append(faults, fmt.Errorf("routes[%d].%w", i, err))
		}
		r.least = append(r.least, least)
		if topics[route.Audience] == "" {
			faults = append(faults, fmt.Errorf("routes[%d].audience: %q has no topic", i, route.Audience))
		}
	}
	if len(r.Routes) == 0 {
		faults = append(faults, errors.New("routes: empty, so that nobody would be told"))
	}
	if r.Singles < 1 || r.Singles > 100 {
		faults = append(faults, fmt.Errorf("singles: %d: 1 to 100", r.Singles))
	}
	if most := int(contract.FindingsDigestMaxDelay.Seconds()); r.GatherSeconds < 10 || r.GatherSeconds > most {
		faults = append(faults, fmt.Errorf("gatherSeconds: %d: 10 to %d", r.GatherSeconds, most))
	}
	if err := errors.Join(faults...); err != nil {
		return Rules{}, fmt.Errorf("rules: %w", err)
	}
	return r, nil
}

// route says how bad the finding is for people and who hears of it.
func (h *Handler) route(i *item) {
	i.severity = i.Severity
	// Where an automation rule or a person rated it anew, that stands.
	if i.personal() && i.Severity == i.Rated {
		i.severity = i.Severity.Raised()
	}
	for n, route := range h.Rules.Routes {
		if i.severity >= h.Rules.least[n] && takes(route, i) && !slices.Contains(i.audiences, route.Audience) {
			i.audiences = append(i.audiences, route.Audience)
		}
	}
	if len(i.audiences) == 0 {
		i.result = result{outcome: contract.OutcomeSkipped, reason: reasonNoRoute}
	}
}

// personal says whether an asset of the finding has personal information.
func (i *item) personal() bool {
	return slices.ContainsFunc(i.assets, func(a notice.Asset) bool { return a.PersonalInformation == "Y" })
}

// takes says whether a route takes a finding of that severity.
func takes(route contract.AlertRoute, i *item) bool {
	if len(route.Products) > 0 && !slices.ContainsFunc(route.Products, func(p string) bool { return strings.EqualFold(p, i.Product) }) {
		return false
	}
	return len(i.assets) == 0 || slices.ContainsFunc(i.assets, func(a notice.Asset) bool {
		return matches(route.Environments, a.Environment) && matches(route.AssetTypes, a.AssetType)
	})
}

// matches says whether a list takes a value. What is not known is taken: it must not hide a finding.
func matches(list []string, value string) bool {
	return len(list) == 0 || value == "" || slices.Contains(list, value)
}

// runbook is the link to what to do about a control.
func (h *Handler) runbook(control string) string {
	if h.Rules.RunbookBase == "" || control == "" {
		return ""
	}
	return strings.TrimSuffix(h.Rules.RunbookBase, "/") + "/" + strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return '-'
	}, control)
}
