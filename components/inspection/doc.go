// Package inspection makes what looks for known vulnerabilities (CVE) and misconfigurations (CCE) in an account, and
// brings all results together in Security Hub with the control codes of KISA and ISMS-P.
//
//	Inspector, Access Analyzer, GuardDuty ----------------------------.
//	Config recorder -> Security Hub's standards ----------------------+-> Security Hub of each region
//	               \-> conformance pack -> importer function ---------'     | automation rules
//	                                                                        v
//	                                                         Security Hub of the home region, insights
//
// Which check is evaluated by a standard and which by the pack, internal/compliance decides. Everything here is a
// singleton of an account and region: one owner stack per account makes it. What exists already is taken over or left
// alone, as the arguments Existing say.
package inspection
