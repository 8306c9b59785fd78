package imagebuilder

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// Codes that the two rules name are those of the services, so that a package that is kept is an exception of its codes.
func TestServicesNameTheCodesOfTheirRules(t *testing.T) {
	byPackage, byUnit := map[string]bool{}, map[string]bool{}
	for _, s := range services {
		for code := range strings.FieldsSeq(s.kisa) {
			byPackage[code] = byPackage[code] || s.pack != ""
			byUnit[code] = byUnit[code] || s.units != ""
		}
	}
	packages, _ := RuleByID("unneeded-packages")
	for code, is := range byPackage {
		assert.Equal(t, is, slices.Contains(packages.KISA, code), "%s in unneeded-packages", code)
	}
	for _, code := range packages.KISA {
		assert.True(t, byPackage[code], "%s: no package is about it", code)
	}
	units, _ := RuleByID("unneeded-services")
	for _, code := range units.KISA {
		assert.True(t, byUnit[code] || byPackage[code], "%s: no service is about it", code)
	}
}

func TestKeptPackagesKeepTheirUnits(t *testing.T) {
	packages, units := unneeded([]string{"postfix"})
	assert.NotContains(t, packages, "postfix")
	assert.NotContains(t, units, "postfix.service")
	assert.Contains(t, packages, "sendmail")
	assert.Contains(t, units, "sendmail.service")
	assert.NotContains(t, packages, "", "units without a package are no package")
	assert.Contains(t, units, "rpcbind.socket")

	assert.Equal(t, []string{"postfix"}, keptFor("U-47", []string{"bind", "postfix"}))
	assert.Empty(t, keptFor("U-52", []string{"bind", "postfix"}))
	assert.Empty(t, keptFor("U-42", nil))
}
