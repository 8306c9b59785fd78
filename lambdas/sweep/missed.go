package sweep

import (
	"assetguard/internal/contract"
	"assetguard/lambdas/internal/emf"
)

// eventful are the kinds whose every creation is an event of its own that names them, and which the sweep lists with
// the time of their creation. Others may be born with something else, such as the snapshots of an image.
var eventful = map[string]bool{"ec2:instance": true, "ec2:key-pair": true, "s3:bucket": true,
	"iam:user": true, "iam:role": true, "iam:policy": true, "iam:instance-profile": true}

// missed reports whether the events missed an asset: it is as old as to be theirs no longer, younger than what the run
// before this one could judge, and lacks CreatedAt, which the create event writes and nothing else. A trail that does
// not log, or a region whose rules are gone, shows only so.
func (p *pass) missed(i *item) bool {
	if p.before.IsZero() || !eventful[i.Type] || i.CreatedAt.IsZero() || i.decision.Excluded != "" || i.reason == reasonGone {
		return false
	}
	_, tagged := i.Tags[contract.TagCreatedAt]
	return !tagged && i.CreatedAt.After(p.before.Add(-youngAge)) && p.at.Sub(i.CreatedAt) >= youngAge
}

// countMissed counts and names what the events missed.
func (h *Handler) countMissed(p *pass, window []*item) {
	byRegion := map[string]int{}
	for _, i := range window {
		if p.missed(i) {
			byRegion[i.Region]++
			h.log.Warn("the events missed the asset", "arn", i.ARN, "createdAt", date(i.CreatedAt))
		}
	}
	for region, n := range byRegion {
		h.count(emf.Count{Name: contract.MetricMissedByEvents, Value: n, Dimensions: map[string]string{contract.DimensionRegion: region},
			Sets: [][]string{{}, {contract.DimensionRegion}}})
	}
}
