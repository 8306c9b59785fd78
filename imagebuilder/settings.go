package imagebuilder

import (
	"assetguard/internal/strict"
)

// Settings are what the company decides about the image. The zero value means the defaults.
type Settings struct {
	// Rules that are switched off, by id, each with the reason that the compliance report states.
	// docs/golden-image-controls.md lists them.
	Off map[string]string `json:"off,omitempty"`
	// Age, length and memory of passwords.
	Password Password `json:"password,omitempty"`
	// When an account is locked.
	Lockout Lockout `json:"lockout,omitempty"`
	// SSH's limits.
	SSH SSH `json:"ssh,omitempty"`
	// Seconds after which an idle shell ends, from 60 to 600 (KISA U-12). Absent means 600.
	SessionTimeoutSeconds int `json:"sessionTimeoutSeconds,omitempty"`
	// What people read before they log in. Absent means a text in Korean and English.
	Banner string `json:"banner,omitempty"`
	// Time servers, as names or addresses. Absent means Amazon Time Sync, 169.254.169.123.
	TimeServers []string `json:"timeServers,omitempty"`
	// The system-wide crypto policy: DEFAULT, FUTURE or FIPS. Absent means DEFAULT.
	CryptoPolicy string `json:"cryptoPolicy,omitempty"`
	// Packages that stay although the rule unneeded-packages would remove them.
	KeepPackages []string `json:"keepPackages,omitempty"`
	// Members of the administrators' group wheel. Absent means ec2-user.
	Administrators []string `json:"administrators,omitempty"`
}

// Password is the policy of passwords. A zero means the default.
type Password struct {
	MaxDays   int `json:"maxDays,omitempty"`   // 1 to 90 (KISA U-02). Absent means 90.
	MinDays   int `json:"minDays,omitempty"`   // 1 to 30. Absent means 7.
	WarnDays  int `json:"warnDays,omitempty"`  // 7 to 30. Absent means 7.
	MinLength int `json:"minLength,omitempty"` // 8 to 64. Absent means 9.
	Classes   int `json:"classes,omitempty"`   // kinds of characters, 3 or 4. Absent means 3.
	Remember  int `json:"remember,omitempty"`  // former passwords that are refused, 4 to 24. Absent means 4.
}

// Lockout is when an account is locked. A zero means the default.
type Lockout struct {
	Tries         int `json:"tries,omitempty"`         // 3 to 10 (KISA U-03). Absent means 5.
	UnlockSeconds int `json:"unlockSeconds,omitempty"` // 300 to 86400. Absent means 900.
}

// SSH are the limits of the SSH server. A zero means the default.
type SSH struct {
	MaxTries        int  `json:"maxTries,omitempty"`        // 1 to 4. Absent means 3.
	AliveSeconds    int  `json:"aliveSeconds,omitempty"`    // between questions to a silent client, 15 to 300. Absent means 200.
	AliveCount      int  `json:"aliveCount,omitempty"`      // unanswered questions until it is cut off, 1 to 3. Absent means 3.
	LoginGraceTime  int  `json:"loginGraceTime,omitempty"`  // seconds to log in, 10 to 60. Absent means 60.
	AllowForwarding bool `json:"allowForwarding,omitempty"` // port forwarding, for bastions. Absent means no.
}

// Faults are all that is wrong with the settings, each with its path below the given one and the mend.
func (s *Settings) Faults(path string) strict.Faults { return nil }

// Validate checks the settings. The error is [strict.Faults].
func (s *Settings) Validate() error { return s.Faults("").Err() }
