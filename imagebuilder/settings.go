package imagebuilder

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

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
	// The system-wide crypto policy: DEFAULT or FIPS. Absent means DEFAULT. FUTURE is not among them, since it refuses the
	// keys of AWS's own certificates, and no package could be installed.
	CryptoPolicy string `json:"cryptoPolicy,omitempty"`
	// Packages that stay although the rule unneeded-packages would remove them, with their units. The compliance report
	// names them as exceptions of KISA's checks that they are about.
	KeepPackages []string `json:"keepPackages,omitempty"`
	// Accounts that may belong to a group of administrators. Absent means ec2-user.
	Administrators []string `json:"administrators,omitempty"`
}

// Password is the policy of passwords. A zero means the default.
type Password struct {
	MaxDays   int `json:"maxDays,omitempty"`   // 1 to 90 (KISA U-02). Absent means 90.
	MinDays   int `json:"minDays,omitempty"`   // 1 to 30. Absent means 7.
	WarnDays  int `json:"warnDays,omitempty"`  // 7 to 30. Absent means 7.
	MinLength int `json:"minLength,omitempty"` // 8 to 64 (KISA U-02). Absent means 9.
	Classes   int `json:"classes,omitempty"`   // kinds of characters, 3 or 4. Absent means 3.
	Remember  int `json:"remember,omitempty"`  // former passwords that are refused, 4 to 24 (KISA U-02). Absent means 4.
}

// Lockout is when an account is locked. A zero means the default.
type Lockout struct {
	Tries         int `json:"tries,omitempty"`         // 3 to 10 (KISA U-03). Absent means 5.
	UnlockSeconds int `json:"unlockSeconds,omitempty"` // 300 to 86400. Absent means 900.
}

// SSH are the limits of the SSH server. A zero means the default.
type SSH struct {
	MaxTries          int  `json:"maxTries,omitempty"`          // 1 to 4. Absent means 3.
	AliveSeconds      int  `json:"aliveSeconds,omitempty"`      // between questions to a silent client, 15 to 300. Absent means 200.
	AliveCount        int  `json:"aliveCount,omitempty"`        // unanswered questions until it is cut off, 1 to 3. Absent means 3.
	LoginGraceSeconds int  `json:"loginGraceSeconds,omitempty"` // to log in, 10 to 60. Absent means 60.
	AllowForwarding   bool `json:"allowForwarding,omitempty"`   // of TCP ports, for bastions. Absent means no.
}

// defaultBanner names neither the company nor the system.
const defaultBanner = `********************************************************************
 허가된 사용자만 접속할 수 있습니다. 모든 활동은 기록되며,
 무단 접속은 관련 법률에 따라 처벌받을 수 있습니다.

 Authorized users only. All activity is recorded, and unauthorized
 access may be punished by law.
********************************************************************`

// unneededAccounts are what the rule unneeded-accounts removes: of printing, news, UUCP, games and anonymous FTP.
const unneededAccounts = "lp uucp nuucp news games gopher ftp"

// number is a setting with its bounds and default.
type number struct {
	path           string
	value          *int
	least, most    int
	standard       int
	shell, because string
}

func (s *Settings) numbers() []number {
	return []number{
		{"password.maxDays", &s.Password.MaxDays, 1, 90, 90, "PASSWORD_MAX_DAYS", " (KISA U-02)"},
		{"password.minDays", &s.Password.MinDays, 1, 30, 7, "PASSWORD_MIN_DAYS", " (KISA U-02)"},
		{"password.warnDays", &s.Password.WarnDays, 7, 30, 7, "PASSWORD_WARN_DAYS", ""},
		{"password.minLength", &s.Password.MinLength, 8, 64, 9, "PASSWORD_MIN_LENGTH", " (KISA U-02)"},
		{"password.classes", &s.Password.Classes, 3, 4, 3, "PASSWORD_CLASSES", ""},
		{"password.remember", &s.Password.Remember, 4, 24, 4, "PASSWORD_REMEMBER", " (KISA U-02)"},
		{"lockout.tries", &s.Lockout.Tries, 3, 10, 5, "LOCKOUT_TRIES", " (KISA U-03)"},
		{"lockout.unlockSeconds", &s.Lockout.UnlockSeconds, 300, 86400, 900, "LOCKOUT_UNLOCK_SECONDS", ""},
		{"ssh.maxTries", &s.SSH.MaxTries, 1, 4, 3, "SSH_MAX_TRIES", ""},
		{"ssh.aliveSeconds", &s.SSH.AliveSeconds, 15, 300, 200, "SSH_ALIVE_SECONDS", ""},
		{"ssh.aliveCount", &s.SSH.AliveCount, 1, 3, 3, "SSH_ALIVE_COUNT", ""},
		{"ssh.loginGraceSeconds", &s.SSH.LoginGraceSeconds, 10, 60, 60, "SSH_GRACE_SECONDS", ""},
		{"sessionTimeoutSeconds", &s.SessionTimeoutSeconds, 60, 600, 600, "SESSION_TIMEOUT_SECONDS", " (KISA U-12)"},
	}
}

var (
	hostPattern    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.:-]*$`)
	accountPattern = regexp.MustCompile(`^[a-z_][a-z0-9_-]{0,31}$`)
	cryptoPolicies = []string{"DEFAULT", "FIPS"}
)

// Faults are all that is wrong with the settings, each with its path below the given one and the mend.
func (s *Settings) Faults(path string) strict.Faults {
	v := &validation{path: path}
	for _, id := range strict.Keys(s.Off) {
		v.off(id, s.Off[id])
	}
	for _, n := range s.numbers() {
		if *n.value != 0 && (*n.value < n.least || *n.value > n.most) {
			v.fault(n.path, "is %d: write a number from %d to %d%s, or leave it out for %d", *n.value, n.least, n.most, n.because, n.standard)
		}
	}
	if s.effective().Password.MinDays >= s.effective().Password.MaxDays {
		v.fault("password.minDays", "is not below maxDays, so nobody could change a password in time: lower it")
	}
	if utf8.RuneCountInString(s.Banner) > 1000 || strings.Contains(s.Banner, "{{") {
		v.fault("banner", "is longer than 1000 characters or contains {{: shorten it, or leave that out")
	}
	if s.CryptoPolicy != "" && !slices.Contains(cryptoPolicies, s.CryptoPolicy) {
		v.fault("cryptoPolicy", "%q is no policy: %s", s.CryptoPolicy, strict.Suggest(s.CryptoPolicy, cryptoPolicies))
	}
	v.each("timeServers", s.TimeServers, func(e string) bool { return hostPattern.MatchString(e) }, "write a host name or an address")
	v.each("administrators", s.Administrators, func(e string) bool { return accountPattern.MatchString(e) }, "write the name of an account")
	v.each("keepPackages", s.KeepPackages, func(e string) bool { return slices.Contains(UnneededPackages(), e) },
		"write one of "+strings.Join(UnneededPackages(), ", "))
	return v.faults
}

// Validate checks the settings. The error is [strict.Faults].
func (s *Settings) Validate() error { return s.Faults("").Err() }

type validation struct {
	path   string
	faults strict.Faults
}

func (v *validation) fault(key, format string, args ...any) {
	v.faults = append(v.faults, strict.Fault{Path: strict.Child(v.path, key), Problem: fmt.Sprintf(format, args...)})
}

func (v *validation) off(id, reason string) {
	key := "off." + id
	if _, known := RuleByID(id); !known {
		v.fault(key, "there is no such rule: %s", strict.Suggest(id, ruleIDs()))
	}
	switch {
	case strings.TrimSpace(reason) == "":
		v.fault(key, "has no reason: write why, an auditor reads it in the report")
	case utf8.RuneCountInString(reason) > 300 || strings.ContainsAny(reason, "\t\n\r|") || strings.Contains(reason, "{{"):
		v.fault(key, "is no single line of 300 characters at most without | and {{: shorten the reason")
	}
}

func (v *validation) each(key string, elements []string, right func(string) bool, mend string) {
	for i, element := range elements {
		if !right(element) {
			v.fault(fmt.Sprintf("%s[%d]", key, i), "is %q: %s", element, mend)
		}
	}
}

func ruleIDs() []string {
	var ids []string
	for _, rule := range Rules() {
		ids = append(ids, rule.ID)
	}
	return ids
}

// effective are the settings with the defaults filled in.
func (s *Settings) effective() *Settings {
	e := *s
	for _, n := range e.numbers() {
		*n.value = cmp.Or(*n.value, n.standard)
	}
	e.Banner = strings.TrimRight(cmp.Or(e.Banner, defaultBanner), "\n")
	e.CryptoPolicy = cmp.Or(e.CryptoPolicy, cryptoPolicies[0])
	if len(e.TimeServers) == 0 {
		e.TimeServers = []string{"169.254.169.123"}
	}
	if len(e.Administrators) == 0 {
		e.Administrators = []string{"ec2-user"}
	}
	return &e
}

// variable is a value of the settings or the target, as the scripts of rules read it.
type variable struct{ name, value string }

// variables are the effective settings and the target.
func (s *Settings) variables(target Target) []variable {
	e := s.effective()
	all := []variable{
		{"OS", string(target.OS)}, {"ARCH", string(target.Arch)}, {"RELEASE", target.Release}, {"PACKAGE_MANAGER", target.packageManager()},
	}
	for _, n := range e.numbers() {
		all = append(all, variable{n.shell, fmt.Sprint(*n.value)})
	}
	packages, units := unneeded(e.KeepPackages)
	return append(all,
		variable{"SSH_FORWARDING", map[bool]string{false: "no", true: "yes"}[e.SSH.AllowForwarding]},
		variable{"BANNER", e.Banner},
		variable{"TIME_SERVERS", strings.Join(e.TimeServers, " ")},
		variable{"CRYPTO_POLICY", e.CryptoPolicy},
		variable{"ADMINISTRATORS", strings.Join(e.Administrators, " ")},
		variable{"UNNEEDED_PACKAGES", strings.Join(packages, " ")},
		variable{"UNNEEDED_UNITS", strings.Join(units, " ")},
		variable{"UNNEEDED_ACCOUNTS", unneededAccounts})
}

// shell is settings.sh with the variables that scripts use, so that a setting changes the components that it is about.
func shell(variables []variable, scripts string) string {
	var b strings.Builder
	b.WriteString("# Made of the configuration. The scripts of the rules use it.\n")
	for _, v := range variables {
		if regexp.MustCompile(`\$\{?` + v.name + `\b`).MatchString(scripts) {
			fmt.Fprintf(&b, "%s='%s'\n", v.name, strings.ReplaceAll(v.value, "'", `'\''`))
		}
	}
	return b.String()
}
