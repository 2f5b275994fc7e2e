language-name = Čeština
language-direction = ltr


## Datum a výčty

weekday = { $weekday ->
    [1] pondělí
    [2] úterý
    [3] středa
    [4] čtvrtek
    [5] pátek
    [6] sobota
   *[7] neděle
}
# do konce …
weekday-deadline = { $weekday ->
    [1] pondělí
    [2] úterý
    [3] středy
    [4] čtvrtka
    [5] pátku
    [6] soboty
   *[7] neděle
}
# i s předložkou
weekday-time = { $weekday ->
    [1] v pondělí
    [2] v úterý
    [3] ve středu
    [4] ve čtvrtek
    [5] v pátek
    [6] v sobotu
   *[7] v neděli
}
# Druhý pád: 12. května
month = { $month ->
    [1] ledna
    [2] února
    [3] března
    [4] dubna
    [5] května
    [6] června
    [7] července
    [8] srpna
    [9] září
    [10] října
    [11] listopadu
   *[12] prosince
}
date = { $day }. { month } { $year }
day = { weekday } { date }
place = { $key ->
    [Berlin] Berlín
    [Brussels] Brusel
    [Bucharest] Bukurešť
    [Budapest] Budapešť
    [Copenhagen] Kodaň
    [Kiev] Kyjev
    [Kyiv] Kyjev
    [Lisbon] Lisabon
    [Ljubljana] Lublaň
    [London] Londýn
    [Luxembourg] Lucemburk
    [Paris] Paříž
    [Prague] Praha
    [Rome] Řím
    [Vienna] Vídeň
    [Warsaw] Varšava
    [Zurich] Curych
   *[other] { $city }
}
place-time = { $key ->
    [UTC] UTC
   *[other] místní čas: { place }
}
deadline-day = do konce { weekday-deadline } { date } ({ $place })
deadline-time = do { $time } hodin { weekday-time } { date } ({ $place })

list-more = { $start }, { $next }
list-last = { $start } a { $next }


## Žádost, v e-mailu a na stránce zákazníka

request-purpose = Evidovaný partner je firma, jejíž práci pro zákazníka { $vendor } uznává. Smí vidět údaje o využití služeb, aby Vám mohla radit.
request-who = Kdo žádá
request-partner = Partner
request-partner-value = { $name } (ID partnera { $id })
request-contact = Kontakt u partnera
request-customer = Vaše organizace
request-customer-value = { $tenant } ({ $domain })
request-services = Pro které služby

sees = Co partner smí vidět
sees-intro = Jen u těchto služeb a jen po dobu, kdy přidružení trvá:
sees-usage = využití: počet aktivních uživatelů za měsíc a počet placených dostupných jednotek (licencí)
sees-sold-seats = prodané licence: kolik licencí jste zakoupili
sees-nothing-else = Nic jiného: žádný obsah, žádné e-maily, žádné soubory ani jména uživatelů.

silence = Když neuděláte nic
silence-waiting = Nic se po Vás nežádá. Když neuděláte nic, přidružení se po uplynutí lhůty stane oficiálním.
refuse = Když nesouhlasíte
refuse-until = Odmítnout můžete { $deadline }, a to všechny služby, nebo jen některé.
refuse-later = Odmítnout můžete i kdykoli později. Přidružení tím skončí a partner už nic neuvidí.

safety-no-sign-in = Odkaz nevyžaduje přihlášení. Kdo jej má, může rozhodnout za Vaši organizaci, předávejte jej proto prosím uvážlivě.
safety-no-password = { $vendor } po Vás v této věci nikdy nebude chtít heslo ani platbu.


## E-mail zákazníkovi

notice-subject = { $partner } žádá o evidenci jako partner organizace { $tenant }
notice-subject-reminder = Připomínka: { $partner } žádá o evidenci jako partner organizace { $tenant }
notice-preheader = Nic se po Vás nežádá. Odmítnout můžete { $deadline }.
notice-greeting = Dobrý den.
notice-opening = Partner { $partner } uvádí, že pracuje pro organizaci { $tenant }, a žádá, aby byl u níže uvedených služeb veden jako Váš evidovaný partner (partner of record). Tento partnerský program provozuje { $vendor } a informuje Vás dříve, než se o čemkoli rozhodne.
notice-reminder = Připomínáme žádost, o které jsme Vás už informovali. Odmítnout ji můžete { $deadline }; poté se přidružení stane oficiálním.
notice-no-holidays = Nemáme kalendář státních svátků Vaší země, lhůta proto vynechává jen víkendy.
notice-link = Zobrazit žádost a rozhodnout
notice-link-use = Na této stránce můžete žádost odmítnout, hned přijmout, nebo si ji jen přečíst. Otevřením se nic nezmění.
notice-safety = Je tato zpráva pravá?
notice-doubt = Máte-li pochybnosti, odkaz nepoužívejte a zeptejte se způsobem, který už znáte. Odesílatelem je { $vendor }.
notice-why = Partner { $partner } uvedl jako kontaktní osobu organizace { $tenant } toto jméno: { $name }.
notice-automatic = Tuto zprávu automaticky odeslal systém, který provozuje { $vendor }.


## Stránka zákazníka

page-title = Žádost partnera { $partner } pro organizaci { $tenant }
page-error-title = Chyba: { $title }
page-skip = Přejít k obsahu
page-languages = Jazyk
page-intro = Tato stránka se týká žádosti partnera { $partner } o vedení jako evidovaný partner (partner of record) organizace { $tenant }. Tento partnerský program provozuje { $vendor }.

page-state = { $state ->
    [waiting] Nic se po Vás nežádá
    [official] Přidružení je oficiální
    [declined] Odmítnuto
    [ended] Přidružení skončilo
    [over] Žádost skončila
    [preparing] Žádost se posuzuje
   *[mixed] Stav se u jednotlivých služeb liší
}
page-state-more = { $state ->
    [waiting] Když neuděláte nic, přidružení se po uplynutí lhůty stane oficiálním.
    [official] Partner je Vaším evidovaným partnerem. Stále jej můžete kdykoli odmítnout.
    [declined] Partner není veden jako Váš evidovaný partner a nic nevidí.
    [ended] Partner už není Vaším evidovaným partnerem a nic dalšího nevidí.
    [over] Partner není Vaším evidovaným partnerem a nic nevidí. Nic po Vás nežádáme.
    [preparing] Dříve než se o čemkoli rozhodne, dáme Vám vědět.
   *[mixed] Co platí pro kterou službu, je uvedeno v seznamu služeb.
}
page-scope-state = { $state ->
    [waiting] čeká
    [official] oficiální
    [declined] odmítnuto
    [ended] skončilo
    [over] skončilo
   *[preparing] posuzuje se
}
page-until = Odmítnout můžete { $deadline }.

page-outcome = { $outcome ->
    [declined] Hotovo: odmítli jste
    [accepted] Hotovo: přijali jste
    [examined] Zatím nic není oficiální
    [undone] Hotovo: odmítnutí je vzato zpět
    [undone_to_review] Hotovo: odmítnutí je vzato zpět
    [too_late] Zpět to už vzít nelze
    [other_link] Nic se nezměnilo
   *[nothing_to_do] Nic se nezměnilo
}
page-outcome-more = { $outcome ->
    [declined] U služeb, které jsou níže označeny jako odmítnuté, není partner uznán a nic z nich nevidí. Nic dalšího dělat nemusíte.
    [accepted] Přidružení je nyní oficiální. Odmítnout můžete i kdykoli později.
    [examined] Pro tuto službu je mezitím evidován jiný partner. Obě žádosti se nejprve porovnají, a dříve než se o čemkoli rozhodne, dáme Vám vědět.
    [undone] Žádost znovu čeká, stejně jako předtím.
    [undone_to_review] Žádost se znovu posuzuje. Dříve než se o čemkoli rozhodne, dáme Vám vědět.
    [too_late] Lhůta už uplynula. Chcete-li s partnerem spolupracovat, může poslat novou žádost.
    [other_link] Tímto odkazem to udělat nelze. Použijte prosím odkaz z poslední zprávy, nebo, chcete-li vzít zpět odmítnutí, ten, kterým jste odmítli.
   *[nothing_to_do] Co jste chtěli, už platilo. Současný stav je níže.
}

page-decide = Vaše rozhodnutí
page-decline = Odmítnout
page-decline-end = Ukončit přidružení
page-accept = Přijmout hned
page-undo-more = Byl to omyl? Odmítnutí můžete vzít zpět { $deadline }.
page-undo-open = Byl to omyl? Odmítnutí můžete vzít zpět.
page-undo = Vzít odmítnutí zpět
page-back = Zpět bez rozhodnutí

decline-title = Odmítnout partnera { $partner }
decline-intro = U služeb, které zvolíte, nebude partner uznán a nic z nich neuvidí. Partnerovi to oznámíme, i s důvodem, pokud jej uvedete.
decline-services = Které služby odmítáte?
decline-services-hint = Zvoleny jsou všechny. Zrušte volbu u těch, které partnerovi ponecháte.
decline-nothing-chosen = Zvolte prosím alespoň jednu službu.
decline-reason = Důvod (nepovinný)
decline-reason-hint = Bude jej číst partner a { $vendor }. Nejvýše 500 znaků.
decline-button = Odmítnout nyní

accept-title = Přijmout partnera { $partner }
accept-intro = Přidružení se stane oficiálním hned, bez čekání na konec lhůty. Odmítnout můžete i kdykoli později.
accept-services = Partnera přijímáte pro tyto služby
accept-button = Přijmout nyní

neutral-title = Tento odkaz nefunguje
neutral-text = Otevřete prosím odkaz v poslední zprávě, kterou jste dostali, nebo se zeptejte jejího odesílatele.
error-title = Něco se nepovedlo
error-text = Vaše rozhodnutí se možná neuložilo. Chvíli prosím počkejte, znovu otevřete odkaz ve své zprávě a podívejte se na stav, který je tam uveden.
error-link = Zobrazit současný stav


## E-maily partnerovi

update-greeting = Dobrý den, { $name }.
update-claim = Žádost
update-claim-value = { $name } ({ $id })
update-customer = Zákazník
update-services = Služby
update-service = { $label }: { $standing }
update-reason = Důvod: { $reason }
update-detail = Komentář: { $detail }
update-cure = Co pomůže: { $cure }
update-automatic = Tuto zprávu automaticky odeslal systém, který provozuje { $vendor }.

update-notice-sent-subject = Zákazník informován: { $claim }
update-notice-sent = Zákazník { $tenant } byl o Vaší žádosti informován. Odmítnout ji může { $deadline }. Pokud to neudělá, přidružení se stane oficiálním.
update-official-subject = Oficiální: { $claim }
update-official = U služeb, které jsou níže označeny jako oficiální, jste evidovaným partnerem zákazníka { $tenant } a můžete vidět jejich údaje. Zákazník může odmítnout i kdykoli později.
update-declined-subject = Odmítnuto zákazníkem: { $claim }
update-declined = Zákazník { $tenant } odmítl služby, které jsou níže označeny jako odmítnuté. Nejste u nich evidovaným partnerem.
update-declined-reason = Důvod zákazníka: { $reason }
update-decline-undone-subject = Zákazník vzal odmítnutí zpět: { $claim }
update-decline-undone = Zákazník { $tenant } vzal odmítnutí zpět. Žádost znovu čeká; zákazník ji může odmítnout { $deadline }.
update-action-required-subject = Jsou potřeba další údaje: { $claim }
update-action-required = Vaše žádost potřebuje další údaje, jinak nemůže pokračovat. Doplňte ji prosím a podejte znovu; můžete tak učinit { $deadline }. Poté bude zamítnuta.
update-rejected-subject = Zamítnuto: { $claim }
update-rejected = Vaše žádost byla zamítnuta. Důvody jsou níže uvedeny u každé služby.
update-rejected-dispute = Pokud nesouhlasíte, můžete to jednou napadnout, s odůvodněním nebo s novým dokladem o provedené práci, { $deadline }.
update-superseded-subject = Evidovaným partnerem je nyní jiný partner: { $claim }
update-superseded = Jiný partner se stal evidovaným partnerem zákazníka { $tenant } u služeb, které jsou níže označeny jako převzaté. Vaše přidružení k nim skončilo.
update-competing-subject = O totéž žádá jiný partner: { $claim }
update-competing = Jiný partner zažádal o služby zákazníka { $tenant }, u kterých jste evidovaným partnerem. Vaše přidružení zůstává oficiální, dokud se oficiální nestane druhá žádost, pokud k tomu dojde. Dáme Vám vědět.
update-under-review-subject = Posuzuje se: { $claim }
update-under-review = Vaše žádost se posuzuje. Nemusíte nic dělat; oznámíme Vám výsledek, nebo se zeptáme, pokud něco chybí.
update-expired-subject = Ukončeno: { $claim }
update-expired = Vaše přidružení k zákazníkovi { $tenant } skončilo u služeb, které jsou níže označeny jako vypršelé, protože jejich předplatné skončilo.
update-expired-request-subject = Žádost skončila: { $claim }
update-expired-request = Vaše žádost týkající se zákazníka { $tenant } skončila u služeb, které jsou níže označeny jako vypršelé, protože jejich předplatné skončilo. Pro jiné předplatné můžete podat novou žádost.
update-undeliverable-subject = Zákazníka se nepodařilo zastihnout: { $claim }
update-undeliverable = Naši zprávu pro kontaktní osobu zákazníka { $tenant }, kterou jste uvedli, se nepodařilo doručit, a lhůta pro odmítnutí proto neběží. Opravte prosím kontakt a podejte žádost znovu; můžete tak učinit { $deadline }. Poté bude zamítnuta.
update-withdrawn-subject = Staženo: { $claim }
update-withdrawn = Vaše žádost týkající se zákazníka { $tenant } byla stažena. Nic dalšího se s ní nestane.
update-disassociated-subject = Přidružení ukončeno: { $claim }
update-disassociated = Ukončili jste své přidružení k zákazníkovi { $tenant } u služeb, které jsou níže označeny jako ukončené partnerem. Jejich údaje už nevidíte.

standing = { $standing ->
    [draft] koncept
    [submitted] podáno
    [under_review] posuzuje se
    [action_required] jsou potřeba další údaje
    [notifying] zákazník se informuje
    [awaiting_customer] čeká na zákazníka
    [official] oficiální
    [declined] odmítnuto
    [rejected] zamítnuto
    [disputed] napadeno
    [rejected_final] zamítnuto s konečnou platností
    [withdrawn] staženo
    [disassociated] ukončeno partnerem
    [superseded] převzato jiným partnerem
    [expired] vypršelo
   *[other] { $standing }
}

reason = { $reason ->
    [missing_poe] Chybí doklad o provedené práci.
    [missing_customer_acknowledgement] Doklad o provedené práci není potvrzen zákazníkem.
    [missing_dates] Doklad o provedené práci nemá datum, nebo je datum příliš staré.
    [missing_partner_service] Z dokladu není vidět, co pro zákazníka děláte.
    [missing_product] Doklad neuvádí tuto službu ani produkt.
    [no_partner_response] Nedostali jsme od Vás včas odpověď.
    [partner_request] Požádali jste o to.
    [customer_declined] Zákazník odmítl.
    [customer_contact_undeliverable] Kontaktní osobu zákazníka se nepodařilo zastihnout.
    [lost_to_competing_claim] Jiný partner předložil novější doklad o provedené práci.
   *[other] { $reason }
}
cure = { $reason ->
    [missing_poe] přiložte dokument, ze kterého je vidět Vaše práce, podepsaný zákazníkem a pro program dostatečně nový.
    [missing_customer_acknowledgement] nechte dokument podepsat zákazníkem, nebo pošlete prohlášení, ve kterém práci potvrzuje.
    [missing_dates] pošlete dokument podepsaný, s datem a pro program dostatečně nový.
    [missing_partner_service] pošlete dokument, který popisuje Vaši službu, například nasazení, zavádění nebo podporu.
    [missing_product] pošlete dokument, který uvádí požadovanou službu nebo produkt, nebo zažádejte o ty, které uvádí.
    [no_partner_response] napadněte zamítnutí s požadovanými údaji, nebo podejte novou žádost.
    [partner_request] není třeba nic dělat. Novou žádost můžete podat kdykoli.
    [customer_declined] promluvte si se zákazníkem. Pokud souhlasí, podejte novou žádost.
    [customer_contact_undeliverable] uveďte kontakt s funkční adresou ve vlastní doméně zákazníka.
    [lost_to_competing_claim] napadněte zamítnutí, pokud máte novější doklad o provedené práci.
   *[other] viz komentář posuzovatele.
}
