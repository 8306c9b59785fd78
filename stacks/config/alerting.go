package config

import (
	"encoding/json"
	"fmt"
	"slices"

	"assetguard/internal/contract"
	"assetguard/internal/finding"
	"assetguard/internal/strict"
)

// Alerting is who is told of which findings, and of how many at once.
type Alerting struct {
	// Who is told of what. A finding goes to the audience of each route that takes it, once; what no route takes is told to
	// nobody and stays NEW in Security Hub. Given, it stands instead of the default, which tells security of HIGH and worse
	// and devops of CRITICAL.
	Routes []AlertRoute `json:"routes,omitempty" jsonschema:"minItems=1,maxItems=20"`
	// How many findings within gatherSeconds are told one by one, the worst first; what comes beyond goes into one digest at
	// the end of that time. 1 to 100.
	Singles int `json:"singles,omitempty" jsonschema:"minimum=1,maximum=100"`
	// Seconds that a digest gathers after its first finding, 10 to 900.
	GatherSeconds int `json:"gatherSeconds,omitempty" jsonschema:"minimum=10,maximum=900"`
	// Account numbers whose findings are told. Absent: those of all accounts that Security Hub shows.
	Accounts []string `json:"accounts,omitempty" jsonschema:"maxItems=40,uniqueItems=true"`
	// Least severity that the log group of the findings keeps. Every update of a finding is an entry and is paid by its
	// size; passed checks are INFORMATIONAL.
	LogSeverity string `json:"logSeverity,omitempty" jsonschema:"enum=INFORMATIONAL,enum=LOW,enum=MEDIUM,enum=HIGH,enum=CRITICAL"`
	// Address below which the company keeps a runbook for each control, such as https://wiki.example.com/runbooks: notices
	// of S3.8 link s3-8 below it. Absent: they link the advice of the product only.
	Runbooks string `json:"runbooks,omitempty"`
}

// AlertRoute takes findings for an audience. An empty list takes all. A finding whose asset is not known is taken whatever
// environments and assetTypes say.
type AlertRoute struct {
	// security, devops or purchasing: whose addresses stand in people.
	Audience string `json:"audience" jsonschema:"enum=security,enum=devops,enum=purchasing"`
	// Least severity, after an asset with personal information has raised it one step.
	Severity string `json:"severity" jsonschema:"enum=INFORMATIONAL,enum=LOW,enum=MEDIUM,enum=HIGH,enum=CRITICAL"`
	// Values of the tag Environment.
	Environments []string `json:"environments,omitempty" jsonschema:"uniqueItems=true"`
	// Ids of asset types, or unclassified.
	AssetTypes []string `json:"assetTypes,omitempty" jsonschema:"uniqueItems=true"`
	// Products as people know them, such as Inspector, in any case.
	Products []string `json:"products,omitempty" jsonschema:"maxItems=10,uniqueItems=true"`
}

// Room in the environment of a function, whose variables have 4 KB together: the rules of the findings function beside
// its other variables, and the addresses of the subscriptions function.
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const (
	rulesRoom       = 2600
	subscribersRoom = 3000
)

// defaultRoutes tell security of what is HIGH and worse, and devops of what is CRITICAL.
func defaultRoutes() []AlertRoute {
	return []AlertRoute{
		{Audience: string(contract.AudienceSecurity), Severity: finding.High.String()},
		{Audience: string(contract.AudienceDevOps), Severity: finding.Critical.String()},
	}
}

// severities are the labels of Security Hub, the mildest first.
func severities() []string {
	var labels []string
	for _, s := range finding.Severities() {
		labels = append(labels, s.String())
	}
	return labels
}

// Rules are what the findings function is told by.
func (s *Settings) Rules() contract.AlertRules {
	a := s.Alerting
	routes := a.Routes
	if routes == nil {
		routes = defaultRoutes()
	}
	rules := contract.AlertRules{Singles: a.Singles, GatherSeconds: a.GatherSeconds, RunbookBase: a.Runbooks}
	for _, route := range routes {
		rules.Routes = append(rules.Routes, contract.AlertRoute{
			Audience: contract.Audience(route.Audience), Severity: route.Severity,
			Environments: route.Environments, AssetTypes: s.assetTypeValues(route.AssetTypes), Products: route.Products,
		})
	}
	return rules
}

// assetTypeValues are the values of the tag AssetType that the ids stand for.
func (s *Settings) assetTypeValues(ids []string) []string {
	var values []string
	for _, id := range ids {
		value := id
		for _, t := range s.Classification.AssetTypes {
			if t.ID == id {
				value = t.Value
			}
		}
		values = append(values, value)
	}
	return values
}

// alerting checks the settings of alerting.
func (s *Settings) alerting() []Fault {
	const at = "alerting."
	a := s.Alerting
	faults := slices.Concat(
		between(at+"singles", a.Singles, 1, 100),
		between(at+"gatherSeconds", a.GatherSeconds, 10, int(contract.FindingsDigestMaxDelay.Seconds())),
		list(at+"accounts", a.Accounts), most(at+"accounts", len(a.Accounts), 40),
		oneOf(at+"logSeverity", a.LogSeverity, severities()...),
		shaped(at+"runbooks", a.Runbooks),
		s.room(at+"routes"),
	)
	if a.Routes != nil && len(a.Routes) == 0 {
		faults = append(faults, Fault{Path: at + "routes", Problem: "has no route: nobody would be told of anything", Mend: "write one, or leave routes out"})
	}
	for n, route := range a.Routes {
		faults = append(faults, s.route(strict.Element(at+"routes", n), route)...)
	}
	return faults
}

func (s *Settings) route(at string, r AlertRoute) []Fault {
	faults := slices.Concat(
		oneOf(at+".audience", r.Audience, string(contract.AudienceSecurity), string(contract.AudienceDevOps), string(contract.AudiencePurchasing)),
		oneOf(at+".severity", r.Severity, severities()...),
		list(at+".environments", r.Environments), list(at+".assetTypes", r.AssetTypes), list(at+".products", r.Products),
		most(at+".products", len(r.Products), 10),
	)
	for _, field := range []struct{ key, value, mend string }{
		{"audience", r.Audience, "write security, devops or purchasing"},
		{"severity", r.Severity, "write the least severity, such as HIGH"},
	} {
		if field.value == "" {
			faults = append(faults, Fault{Path: strict.Child(at, field.key), Problem: "missing", Mend: field.mend})
		}
	}
	known := []string{contract.Unclassified}
	for _, t := range s.Classification.AssetTypes {
		known = append(known, t.ID)
	}
	for n, id := range r.AssetTypes {
		faults = append(faults, oneOf(strict.Element(at+".assetTypes", n), id, known...)...)
	}
	return faults
}

// room finds routes and addresses that do not fit the functions' environments.
func (s *Settings) room(path string) []Fault {
	var faults []Fault
	if size := length(s.Rules()); size > rulesRoom {
		faults = append(faults, Fault{
			Path: path, Problem: fmt.Sprintf("need %d bytes of the environment of a function, and have %d", size, rulesRoom),
			Mend: "leave out lists that take everything, and join routes of one audience",
		})
	}
	people := [][]string{s.People.Security, s.People.DevOps, s.People.Purchasing}
	if size := length(people); size > subscribersRoom {
		faults = append(faults, Fault{
			Path: "people", Problem: fmt.Sprintf("the addresses need %d bytes of the environment of a function, and have %d", size, subscribersRoom),
			Mend: "write addresses of teams, not of persons",
		})
	}
	return faults
}

// length is that of a value as JSON.
func length(value any) int {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // texts and numbers always marshal
	}
	return len(text)
}

func between(path string, value, least, most int) []Fault {
	if value >= least && value <= most {
		return nil
	}
	return []Fault{{Path: path, Problem: fmt.Sprintf("%d is not between %d and %d", value, least, most), Mend: fmt.Sprintf("write %d to %d", least, most)}}
}

func most(path string, given, limit int) []Fault {
	if given <= limit {
		return nil
	}
	return []Fault{{Path: path, Problem: fmt.Sprintf("has %d elements, more than %d", given, limit), Mend: fmt.Sprintf("write at most %d", limit)}}
}
