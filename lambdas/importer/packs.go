package importer

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/configservice"

	"assetguard/internal/compliance"
)

// packsKept is how long the packs of a region are not asked for again, though a rule names another one.
const packsKept = time.Minute

// pack is our conformance pack in a region.
type pack struct {
	name string
	id   string // conformance-pack-6cruwvtg2, with which the names of its rules end
}

// packs knows which packs of each region are ours. A pack that is made anew gets another id, so a rule of a pack that
// is not known asks again.
type packs struct {
	name    string
	regions func(string) Region
	now     func() time.Time

	mutex sync.Mutex
	known map[string][]pack
	at    map[string]time.Time
}

// ours tells whether the pack with the id is ours.
func (p *packs) ours(ctx context.Context, region, id string) (bool, error) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	is := func(k pack) bool { return k.id == id }
	if slices.ContainsFunc(p.known[region], is) {
		return true, nil
	}
	if at, read := p.at[region]; read && p.now().Sub(at) < packsKept {
		return false, nil
	}
	if err := p.read(ctx, region); err != nil {
		return false, err
	}
	return slices.ContainsFunc(p.known[region], is), nil
}

// in are our packs of a region, as they are now.
func (p *packs) in(ctx context.Context, region string) ([]pack, error) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	err := p.read(ctx, region)
	return p.known[region], err
}

func (p *packs) read(ctx context.Context, region string) error {
	var found []pack
	pages := configservice.NewDescribeConformancePacksPaginator(p.regions(region).Config, &configservice.DescribeConformancePacksInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("conformance packs of %s: %w", region, err)
		}
		for _, d := range page.ConformancePackDetails {
			if name := aws.ToString(d.ConformancePackName); compliance.PackName(name, p.name) {
				found = append(found, pack{name, aws.ToString(d.ConformancePackId)})
			}
		}
	}
	p.known[region], p.at[region] = found, p.now()
	return nil
}
