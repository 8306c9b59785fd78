package notice

import (
	"slices"
	"strings"
)

// Budget is a letter of AWS Budgets: plain text, of which the lines "Name: value" are read.
// https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-sns-policy.html
type Budget struct {
	Account string
	Text    string // the sentence that says what happened
	Lines   []BudgetLine
	Link    string
}

// BudgetLine is a line of the letter, with AWS's names.
type BudgetLine struct{ Name, Value string }

var (
	budgetLabel = phrase{"Budget alert", "예산 알림"}
	budgetTitle = phrase{"Budget %s", "예산 %s"}
	budgetNames = map[string]phrase{
		"Budget Name": {"Budget", "예산 이름"}, "Budget Type": {"Type", "예산 유형"}, "Budgeted Amount": {"Budgeted", "예산 금액"},
		"Alert Type": {"Alert type", "알림 유형"}, "Alert Threshold": {"Threshold", "알림 기준"},
		"ACTUAL Amount": {"Actual", "실제 사용액"}, "FORECASTED Amount": {"Forecast", "예상 사용액"},
	}
)

// maxBudgetLines is more than AWS writes.
const maxBudgetLines = 20

func readBudget(body string) (Message, bool) {
	body = printable(body)
	if !strings.Contains(body, "AWS Budget") || !strings.Contains(body, "Budget Name:") {
		return nil, false
	}
	var b Budget
	for line := range strings.Lines(body) {
		line = strings.TrimSpace(line)
		name, value, found := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		_, known := budgetNames[name]
		switch {
		case found && known && value != "" && len(b.Lines) < maxBudgetLines:
			b.Lines = append(b.Lines, BudgetLine{name, value})
		case strings.HasPrefix(line, "AWS Account ") && b.Account == "":
			b.Account = strings.TrimPrefix(line, "AWS Account ")
		case strings.HasPrefix(line, "You requested that we alert you"):
			b.Text = line
		case strings.HasPrefix(line, "["):
			if _, address, there := strings.Cut(line, "] "); there && b.Link == "" {
				b.Link = strings.TrimSpace(address)
			}
		}
	}
	return b, b.value("Budget Name") != ""
}

func (b Budget) value(name string) string {
	if at := slices.IndexFunc(b.Lines, func(line BudgetLine) bool { return line.Name == name }); at >= 0 {
		return b.Lines[at].Value
	}
	return ""
}

// About is budget.
func (Budget) About() string { return "budget" }

func (b Budget) sheet(l Locale) sheet {
	s := sheet{mark: "💰", subject: "budget", label: l.say(budgetLabel), title: l.sayf(budgetTitle, b.value("Budget Name"))}
	if b.Text != "" {
		s.lead = append(s.lead, b.Text)
	}
	s.add(l.say(wordAccount), b.Account)
	for _, line := range b.Lines {
		s.add(l.say(budgetNames[line.Name]), line.Value)
	}
	s.link(l.say(linkBudget), b.Link)
	return s
}
