// Package suppression ends what the company accepted for a time.
//
// An accepted risk is an automation rule of Security Hub that suppresses findings and marks them with the risk's id.
// Such a rule has no end date, so this function runs daily: it switches the rules of risks that have expired off, and
// those of risks that hold on (a date that was moved), and sets findings back to NEW whose risk has expired or is not
// configured any more. A deployment removes and switches rules by itself; what they had suppressed is set back by the
// next daily run. The findings lose their mark, so that what a person suppresses later stays suppressed.
//
// In the same way it switches controls on that a deployment once switched off and the settings do not want off any more.
//
// The last day of a risk holds to its end, in the company's time zone. A run may be repeated at any time: it changes
// only what is not yet as it should be. When a part fails the others are still done, and the run fails.
//
// The files in reading order: handler.go (a run), rules.go, findings.go, controls.go.
package suppression
