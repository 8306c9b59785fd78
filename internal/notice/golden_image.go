package notice

import (
	"slices"
	"strings"

	"assetguard/internal/contract"
	"assetguard/internal/place"
)

// GoldenImage is a letter about a golden image, which EventBridge writes of Image Builder's events
// (components/goldenami). Each line may stand in quotes, as EventBridge leaves them.
type GoldenImage struct {
	Stack string
	Word  string // what happened, such as contract.ImageBuilt
	Lines []GoldenImageLine
}

// GoldenImageLine is a line of the letter, with contract's names.
type GoldenImageLine struct{ Name, Value string }

var (
	imageLabel = phrase{"Golden image", "골든 이미지"}
	imageNames = map[string]phrase{
		contract.ImageLetterImage: {"Image", "이미지"}, contract.ImageLetterState: {"State", "상태"}, contract.ImageLetterReason: {"Reason", "사유"},
		contract.ImageLetterPipeline: {"Pipeline", "파이프라인"}, contract.ImageLetterCritical: {"Critical", "심각"},
		contract.ImageLetterHigh: {"High", "높음"}, contract.ImageLetterMedium: {"Medium", "중간"},
	}
	// imageOrder is how the lines are shown.
	imageOrder = []string{
		contract.ImageLetterImage, contract.ImageLetterPipeline, contract.ImageLetterState, contract.ImageLetterReason,
		contract.ImageLetterCritical, contract.ImageLetterHigh, contract.ImageLetterMedium,
	}
	linkImage = phrase{"Open Image Builder", "Image Builder 보기"}
)

// imageWord is how a letter's word is said. %s is the stack.
type imageWord struct {
	mark, subject string
	title, lead   phrase
}

var imageWords = map[string]imageWord{
	contract.ImageBuilt: {"✅", "golden image built", phrase{"New image of stack %s", "%s 스택의 새 이미지"},
		phrase{"The image is ready. make image-list STACK=%s shows it with its compliance and its vulnerabilities; production takes it after make image-promote.",
			"이미지가 준비되었습니다. make image-list STACK=%s 명령으로 점검 결과와 취약점을 확인할 수 있으며, make image-promote로 승격한 뒤 운영에 쓰입니다."}},
	contract.ImageFailed: {"❌", "golden image build failed", phrase{"Build failed in stack %s", "%s 스택의 이미지 빌드 실패"},
		phrase{"There is no new image; instances go on to be born from the one before. make image-status STACK=%s shows the step that failed and its log.",
			"새 이미지가 만들어지지 않았으며, 인스턴스는 계속 이전 이미지로 생성됩니다. make image-status STACK=%s 명령으로 실패한 단계와 로그를 확인해 주세요."}},
	contract.ImageVulnerable: {"🟠", "golden image has vulnerabilities", phrase{"Vulnerabilities in the image of stack %s", "%s 스택의 이미지에서 취약점 발견"},
		phrase{"Inspector found known vulnerabilities. make image-promote STACK=%s refuses an image with more of them than goldenImage.scan allows.",
			"Inspector가 알려진 취약점을 발견했습니다. goldenImage.scan에 정한 수를 넘는 이미지는 make image-promote STACK=%s 명령으로 승격할 수 없습니다."}},
	contract.ImageStopped: {"🚫", "golden image pipeline disabled", phrase{"Pipeline of stack %s is disabled", "%s 스택의 이미지 파이프라인 중지"},
		phrase{"AWS disabled the pipeline after builds that failed, so no image is built any more. Mend the cause; make refresh STACK=%s and a deployment enable it again.",
			"빌드가 반복해서 실패하여 AWS가 파이프라인을 중지했습니다. 더 이상 이미지가 만들어지지 않습니다. 원인을 해결한 뒤 make refresh STACK=%s 명령을 실행하고 다시 배포하면 활성화됩니다."}},
}

func readGoldenImage(body string) (Message, bool) {
	var g GoldenImage
	for line := range strings.Lines(printable(body)) {
		line = strings.TrimSpace(line)
		if len(line) > 1 && strings.HasPrefix(line, `"`) && strings.HasSuffix(line, `"`) {
			line = line[1 : len(line)-1]
		}
		if g.Word == "" {
			head, found := strings.CutPrefix(line, contract.ImageLetterHead)
			stack, word, _ := strings.Cut(head, ": ")
			if _, known := imageWords[word]; !found || !known {
				return nil, false
			}
			g.Stack, g.Word = stack, word
			continue
		}
		name, value, _ := strings.Cut(line, ": ")
		if _, known := imageNames[name]; known && g.value(name) == "" {
			g.Lines = append(g.Lines, GoldenImageLine{name, value})
		}
	}
	return g, g.Word != ""
}

// About is image.
func (GoldenImage) About() string { return "image" }

func (g GoldenImage) sheet(l Locale) sheet {
	word := imageWords[g.Word]
	s := sheet{mark: word.mark, subject: word.subject, label: l.say(imageLabel), title: l.sayf(word.title, g.Stack)}
	s.lead = append(s.lead, l.sayf(word.lead, g.Stack))
	var where place.Place
	for _, name := range imageOrder {
		value := g.value(name)
		if parts := strings.SplitN(value, ":", 6); len(parts) == 6 && parts[0] == "arn" && regionName.MatchString(parts[3]) {
			where = place.Place{Partition: parts[1], Region: parts[3], AccountID: parts[4]}
			_, value, _ = strings.Cut(parts[5], "/") // the kind is in the label
		}
		s.add(l.say(imageNames[name]), value)
	}
	s.add(l.say(wordAccount), where.AccountID)
	s.add(l.say(wordRegion), where.Region)
	s.link(l.say(linkImage), where.Console("imagebuilder/home"))
	return s
}

func (g GoldenImage) value(name string) string {
	if at := slices.IndexFunc(g.Lines, func(line GoldenImageLine) bool { return line.Name == name }); at >= 0 {
		return g.Lines[at].Value
	}
	return ""
}
