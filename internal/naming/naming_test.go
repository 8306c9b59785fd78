package naming

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestJoin(t *testing.T) {
	for _, c := range []struct {
		limit int
		parts []string
		want  string
	}{
		{64, []string{"assetguard", "prod", "autotag"}, "assetguard-prod-autotag"},
		{64, []string{"Assetguard", "Prod"}, "assetguard-prod"},
		{20, []string{"assetguard", "prod", "autotag"}, "assetguard-74c83426"},
		{64, []string{"assetguard", "수강생"}, "assetguard-e1686287"},
	} {
		require.Equal(t, c.want, Join(c.limit, c.parts...))
	}
}

func TestShortenedNamesStayDifferent(t *testing.T) {
	long := strings.Repeat("x", 100)
	require.NotEqual(t, Join(64, long, "a"), Join(64, long, "b"))
	require.NotEqual(t, Join(64, "a_b"), Join(64, "a.b"))
}

func FuzzJoin(f *testing.F) {
	f.Add("assetguard", "prod", 63)
	f.Add("--", "", 10)
	f.Add("수강생 데이터 베이스", "x", 20)
	legalName := regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)
	f.Fuzz(func(t *testing.T, a, b string, limit int) {
		if limit < 10 || limit > 256 {
			t.Skip("outside the contract")
		}
		name := Join(limit, a, b)
		require.LessOrEqual(t, len(name), limit)
		require.Regexp(t, legalName, name)
		require.Equal(t, name, Join(limit, a, b))
	})
}
