package guess

import (
	"strings"
	"unicode"

	"deepcausalmmm/panel/naming"
)

// Words by which columns of marketing data are named.
var (
	regionWords     = naming.Set("region regions geo geography dma dmacode market state province country county city area store shop division territory zip postcode customer brand")
	timeWords       = naming.Set("date dates week weeks wk weekid day days month months quarter time period ds start strt dt")
	seasonWords     = naming.Set("year years yr in of no num quarter qtr month week wk weekday day dayofweek dayofyear period prd nbr number index idx t trend time seas season seasonality")
	populationWords = naming.Set("population populations inhabitants households")
	moneyWords      = naming.Set("revenue value price margin profit")
	controlWords    = naming.Set("control controls competitor competitors competition competitive weather temperature temp rain sentiment unemployment gas cpi inflation gdp macro " +
		"holiday holidays hldy event events covid lockdown confidence stock stores st ct index score")
	spendWords     = naming.Set("mdsp") // beside naming.Money
	exposureWords  = naming.Set("mdip") // beside naming.Exposure
	organicWords   = naming.Set("organic newsletter newsletters email emails mail mails sms crm push")
	mediatorWords  = naming.Set("awareness brandsearch consideration traffic")
	treatmentWords = naming.Set("price prices pricing promo promos promotion promotions discount discounts coupon coupons markdown markdowns mrkdn rebate deal deals")
	targetWords    = naming.Set("target kpi sales sale revenue revenues turnover conversions conversion orders order purchases quantity qty units volume visits visitors bookings " +
		"signups subscriptions leads installs transactions customers demand y")
	channelWords = naming.Set("tv television radio ooh outdoor print newspaper magazine facebook fb meta instagram google youtube yt tiktok snapchat pinterest linkedin twitter " +
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

// tokens are the words of a name without digits: tvSpend_2 is tv, spend.
func tokens(name string) (found []string) {
	for _, word := range naming.Words(name) {
		if word = strings.TrimFunc(word, unicode.IsDigit); word != "" {
			found = append(found, word)
		}
	}
	return found
}
