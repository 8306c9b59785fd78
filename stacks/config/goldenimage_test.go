package config

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// withImage is the example of prod with a golden image, and other settings changed.
func withImage(t *testing.T, image map[string]any, change func(tree map[string]any)) error {
	t.Helper()
	tree := example(t)
	image["enabled"] = true
	tree["goldenImage"] = image
	if change != nil {
		change(tree)
	}
	_, err := Parse("prod", encoded(t, tree))
	return err
}

func TestGoldenImageDefaults(t *testing.T) {
	s, err := Parse("prod", encoded(t, example(t)))
	require.NoError(t, err)
	g := s.GoldenImage
	assert.True(t, g.Enabled)
	assert.Equal(t, BaseAmazonLinux2023, g.BaseImage)
	assert.Equal(t, []string{"t4g.medium", "m7g.medium"}, g.Types())
	assert.Equal(t, "cron(0 2 ? * sun *)", g.Schedule)
	vpc, subnet := s.Subnet()
	assert.Equal(t, []string{s.Network.VPCID, s.Network.PrivateSubnetIDs[0]}, []string{vpc, subnet})
	g.Architecture = ArchitectureX86
	assert.Equal(t, []string{"t3.medium", "t3.large"}, g.Types())
}

func TestGoldenImageFits(t *testing.T) {
	require.NoError(t, withImage(t, map[string]any{
		"architecture": "x86_64", "instanceTypes": []any{"t3.medium", "m6i.large"}, "release": "2023.9.20251117",
		"regions": []any{"us-east-1"}, "keyArns": map[string]any{"us-east-1": "arn:aws:kms:us-east-1:111122223333:key/1a2b3c4d"},
		"share":      map[string]any{"accounts": []any{"444455556666"}, "organizationArn": "arn:aws:organizations::111122223333:organization/o-abcdefghij"},
		"components": []any{map[string]any{"document": "images/agent.yaml"}, map[string]any{"arn": "arn:aws:imagebuilder:ap-northeast-2:111122223333:component/agent/x.x.x"}},
		"hardening":  map[string]any{"off": map[string]any{"aide": "another tool watches the files"}},
	}, nil))
	require.NoError(t, withImage(t, map[string]any{"baseImage": "amazon-linux-2", "allowEndOfLife": true}, nil))
}

func TestGoldenImageFaults(t *testing.T) {
	for name, c := range map[string]struct {
		image  map[string]any
		change func(map[string]any)
		want   string
	}{
		"end of life":             {map[string]any{"baseImage": "amazon-linux-2"}, nil, "goldenImage.baseImage: Amazon Linux 2 has had no security updates since 2026-06-30"},
		"unknown base":            {map[string]any{"baseImage": "amazon-linux-2024"}, nil, `"amazon-linux-2024" is not known`},
		"other architecture":      {map[string]any{"instanceTypes": []any{"t3.medium"}}, nil, "goldenImage.instanceTypes[0]: t3.medium is not of the architecture arm64"},
		"graphics is not arm64":   {map[string]any{"instanceTypes": []any{"g5.xlarge"}}, nil, "g5.xlarge is not of the architecture arm64"},
		"release of the old base": {map[string]any{"baseImage": "amazon-linux-2", "allowEndOfLife": true, "release": "2023.9.20251117"}, nil, "Amazon Linux 2 has no releases to pin"},
		"region without a key":    {map[string]any{"regions": []any{"eu-west-1"}}, nil, "goldenImage.regions[0]: eu-west-1 is none of regions.others"},
		"key of another region":   {map[string]any{"keyArns": map[string]any{"ap-northeast-2": "arn:aws:kms:us-east-1:111122223333:key/1"}}, nil, "is no key of the region"},
		"key of no copy":          {map[string]any{"keyArns": map[string]any{"us-east-1": "arn:aws:kms:us-east-1:111122223333:key/1"}}, nil, "no image is copied to us-east-1"},
		"five fields":             {map[string]any{"schedule": "cron(0 2 * * sun)"}, nil, "six fields"},
		"both kinds of component": {map[string]any{"components": []any{map[string]any{"arn": "arn:aws:imagebuilder:ap-northeast-2:aws:component/a/x.x.x", "document": "a.yaml"}}}, nil, "exactly one of arn and document"},
		"same name twice":         {map[string]any{"components": []any{map[string]any{"document": "a/x.yaml"}, map[string]any{"document": "b/x.yaml"}}}, nil, "goldenImage.components[1].document: is named x like [0]"},
		"path out of the project": {map[string]any{"components": []any{map[string]any{"document": "../x.yaml"}}}, nil, "does not fit"},
		"deleted too early":       {map[string]any{"lifecycle": map[string]any{"deprecateAfterDays": 90, "deleteAfterDays": 60}}, nil, "60 is not more than deprecateAfterDays (90)"},
		"too small":               {map[string]any{"volumeGB": 4}, nil, "goldenImage.volumeGB: 4 is not between 8 and 1024"},
		"age":                     {map[string]any{"maxAgeDays": 3}, nil, "3 is not between 7 and 365"},
		"unknown rule":            {map[string]any{"hardening": map[string]any{"off": map[string]any{"aid": "x"}}}, nil, "goldenImage.hardening.off"},
		"half a subnet":           {map[string]any{"subnetId": "subnet-0123456789abcdef0"}, nil, "subnetId and vpcId go together"},
		"new network":             {map[string]any{}, func(tree map[string]any) { tree["network"] = map[string]any{"mode": "new", "cidr": "10.20.0.0/16"} }, "the stack makes no VPC of mode new yet"},
		"guest":                   {map[string]any{}, func(tree map[string]any) { tree["account"].(map[string]any)["role"] = "guest" }, "a guest builds no image"},
		"nothing scans": {map[string]any{}, func(tree map[string]any) {
			tree["inspection"] = map[string]any{"inspector": map[string]any{"ec2": false}}
		}, "goldenImage.scan.enabled: nothing scans instances"},
	} {
		t.Run(name, func(t *testing.T) {
			require.ErrorContains(t, withImage(t, c.image, c.change), c.want)
		})
	}
}
