package guess

import (
	"strings"
	"unicode"
)

// words splits a list.
func words(list string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(list) {
		set[w] = true
	}
	return set
}

// Words by which columns of marketing data are named.
var (
	regionWords     = words("region regions geo geography dma dmacode market state province country county city area store shop division territory zip postcode customer brand")
	timeWords       = words("date dates week weeks wk weekid day days month months quarter time period ds start strt dt")
	seasonWords     = words("year years yr in of no num quarter qtr month week wk weekday day dayofweek dayofyear period prd nbr number index idx t trend time seas season seasonality")
	populationWords = words("population populations inhabitants households")
	moneyWords      = words("revenue value price margin profit")
	controlWords    = words("control controls competitor competitors competition competitive weather temperature temp rain sentiment unemployment gas cpi inflation gdp macro " +
		"holiday holidays hldy event events covid lockdown confidence stock stores st ct index score")
	spendWords     = words("spend spends spending spent cost costs budget investment investments expense expenses mdsp")
	organicWords   = words("organic newsletter newsletters email emails mail mails sms crm push")
	mediatorWords  = words("awareness brandsearch consideration traffic")
	exposureWords  = words("impression impressions impr imps imp click clicks grp grps trp trps view views reach sends exposure exposures circulation insertions mdip contacts spots media")
	treatmentWords = words("price prices pricing promo promos promotion promotions discount discounts coupon coupons markdown markdowns mrkdn rebate deal deals")
	targetWords    = words("target kpi sales sale revenue revenues turnover conversions conversion orders order purchases quantity qty units volume visits visitors bookings " +
		"signups subscriptions leads installs transactions customers demand y")
	channelWords = words("tv television radio ooh outdoor print newspaper magazine facebook fb meta instagram google youtube yt tiktok snapchat pinterest linkedin twitter " +
		"bing search sem seo ppc display social video programmatic affiliate affiliates podcast podcasts audio cinema influencer influencers dm dv360 amazon criteo ctv ott channel")
)

// targets are the words of targets, most likely first.
var targets = strings.Fields("target kpi sales conversions orders revenue quantity")

func targetRank(name string) int {
	for rank, word := range targets {
		for _, w := range tokens(name) {
			if w == word {
				return rank
			}
		}
	}
	return len(targets)
}

// tokens are the words of a name in lower case, without digits: tvSpend_2 is tv, spend; GRPs is grps.
func tokens(name string) (found []string) {
	for _, letters := range strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) }) {
		run, start := []rune(letters), 0
		for i := 1; i < len(run); i++ {
			lower := func(at int) bool { return at < len(run) && unicode.IsLower(run[at]) }
			if unicode.IsUpper(run[i]) && (lower(i-1) || lower(i+1) && lower(i+2)) {
				found = append(found, strings.ToLower(string(run[start:i])))
				start = i
			}
		}
		found = append(found, strings.ToLower(string(run[start:])))
	}
	return found
}
