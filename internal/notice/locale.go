package notice

import (
	"fmt"
	"time"
)

// Locale is the language and the time zone of those who read. The zero value is English and UTC.
type Locale struct {
	korean bool
	zone   *time.Location
}

// NewLocale reads a language, ko or en, and the IANA name of a time zone. A program that runs where there are no time
// zones imports time/tzdata.
func NewLocale(language, timezone string) (Locale, error) {
	if language != "ko" && language != "en" {
		return Locale{}, fmt.Errorf("language %q: want ko or en", language)
	}
	zone, err := time.LoadLocation(timezone)
	if err != nil {
		return Locale{}, fmt.Errorf("time zone: %w", err)
	}
	return Locale{korean: language == "ko", zone: zone}, nil
}

// phrase is a text in both languages.
type phrase struct{ en, ko string }

func (l Locale) say(p phrase) string {
	if l.korean {
		return p.ko
	}
	return p.en
}

func (l Locale) sayf(p phrase, values ...any) string { return fmt.Sprintf(l.say(p), values...) }

// time is a moment to the minute where the readers are, "" for none.
func (l Locale) time(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	zone := l.zone
	if zone == nil {
		zone = time.UTC
	}
	return at.In(zone).Format("2006-01-02 15:04 MST")
}

// count is a number with commas.
func (l Locale) count(n int) string {
	digits := fmt.Sprint(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
