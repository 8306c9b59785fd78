package notice

func (r *Repair) sheet(l Locale) sheet {
	kind := repairs[r.State]
	s := sheet{mark: kind.mark, subject: kind.subject, label: l.say(kind.label), title: r.Finding.headline(), lead: []string{l.say(kind.lead)}}
	s.add(l.say(wordSeverity), l.severity(r.Finding.Severity))
	r.Finding.place(&s, l)
	s.add(l.say(wordControl), r.Finding.Control)
	s.add(l.say(repairRunbook), r.Runbook)
	s.add(l.say(repairExecution), r.Execution)
	if r.Attempts > 0 {
		s.add(l.say(repairAttempts), l.count(r.Attempts))
	}
	s.paragraph(l, l.say(repairReason), r.Reason)
	s.list(l, l.say(wordWhere), shownAssets, r.Finding.items(l))
	s.paragraph(l, l.say(repairBefore), r.Before)
	after := repairAfter
	if r.State == RepairWaiting || r.State == RepairDeferred {
		after = repairPlanned
	}
	s.paragraph(l, l.say(after), r.After)
	switch {
	case r.State == RepairWaiting:
		s.link(l.say(linkApproval), r.Link)
	case r.Execution != "": // else nothing was started, and the link to the finding stands below
		s.link(l.say(linkExecution), r.Link)
	}
	r.Finding.link(&s, l)
	return s
}
