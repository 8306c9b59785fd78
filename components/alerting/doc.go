// Package alerting makes the way of a finding to people.
//
//	Security Hub of the home region --> rule --> log group, to search in
//	                               \--> rule --> queue --> findings function --> topic of each audience --> e-mail
//	                                                          |  state table                          \
//	                                                          '- NOTIFIED                              '--> queue --> slack function --> Slack
//	CloudWatch alarms, budgets, alert managers -------------------------> topic of each audience --'
//
// Everything here stands in the home region only, which Security Hub's findings of all regions reach: so nothing is told
// twice. Each arrow has dead letters with an alarm. docs/alerting.md tells how it is set up and what it costs.
package alerting
