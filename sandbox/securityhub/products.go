package securityhub

import (
	"slices"
	"strings"

	"assetguard/sandbox/api"
)

// patchManager is the one service of AWS whose findings a customer has to ask for.
const patchManager = "ssm-patch-manager"

// awsProducts are the AWS services that send findings; the name is the end of the product's ARN.
var awsProducts = []struct{ path, name string }{
	{"securityhub", "Security Hub"}, {"guardduty", "GuardDuty"}, {"inspector", "Inspector"}, {"macie", "Macie"},
	{"access-analyzer", "IAM Access Analyzer"}, {"firewall-manager", "Firewall Manager"}, {"health", "Health"},
	{"config", "Config"}, {patchManager, "Systems Manager Patch Manager"}, {"detective", "Detective"},
}

func productARN(region, path string) string {
	return "arn:aws:securityhub:" + region + "::product/aws/" + path
}

// productName is the name of the product that an ARN names; "Default" for the account's own.
func productName(region, arn string) string {
	for _, product := range awsProducts {
		if productARN(region, product.path) == arn {
			return product.name
		}
	}
	if strings.HasSuffix(arn, "/default") {
		return "Default"
	}
	return arn[strings.LastIndex(arn, "/")+1:]
}

func (s *Service) describeProducts(h *hub, c *api.Call) (any, error) {
	wanted, _ := c.Input["ProductArn"].(string)
	all := []any{}
	for _, product := range awsProducts {
		if arn := productARN(h.region, product.path); wanted == "" || wanted == arn {
			all = append(all, map[string]any{
				"ProductArn": arn, "ProductName": product.name, "CompanyName": "AWS", "Description": product.name,
				"Categories": []string{}, "IntegrationTypes": []string{"SEND_FINDINGS_TO_SECURITY_HUB"},
			})
		}
	}
	if wanted != "" && len(all) == 0 {
		return nil, invalid("Invalid product ARN %s", wanted)
	}
	return paged("Products", all, c, 100)
}

// productSubscription is the ARN of the subscription to a product: of AWS or of another company.
func (s *Service) productSubscription(h *hub, product string) (string, bool) {
	path, found := strings.CutPrefix(product, "arn:aws:securityhub:"+h.region+"::product/")
	return s.arn(h, "product-subscription/"+path), found && strings.Count(path, "/") == 1
}

func (s *Service) enableProduct(h *hub, c *api.Call) (any, error) {
	product, _ := c.Input["ProductArn"].(string)
	arn, ok := s.productSubscription(h, product)
	if !ok {
		return nil, invalid("Invalid product ARN %s", product)
	}
	if slices.Contains(h.products, arn) {
		return nil, conflict("The product %s is already enabled", product)
	}
	h.products = append(h.products, arn)
	return map[string]any{"ProductSubscriptionArn": arn}, nil
}

func (s *Service) disableProduct(h *hub, c *api.Call) (any, error) {
	arn, _ := c.Input["ProductSubscriptionArn"].(string)
	i := slices.Index(h.products, arn)
	if i < 0 {
		return nil, notFound("The product subscription %s does not exist", arn)
	}
	h.products = slices.Delete(h.products, i, i+1)
	return map[string]any{}, nil
}

func (s *Service) enabledProducts(h *hub, c *api.Call) (any, error) {
	return paged("ProductSubscriptions", h.products, c, 100)
}
