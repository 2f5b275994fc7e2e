language-name = Deutsch
language-direction = ltr


## Daten und Aufzählungen

weekday = { $weekday ->
    [1] Montag
    [2] Dienstag
    [3] Mittwoch
    [4] Donnerstag
    [5] Freitag
    [6] Samstag
   *[7] Sonntag
}
weekday-deadline = { weekday }
weekday-time = { weekday }
month = { $month ->
    [1] Januar
    [2] Februar
    [3] März
    [4] April
    [5] Mai
    [6] Juni
    [7] Juli
    [8] August
    [9] September
    [10] Oktober
    [11] November
   *[12] Dezember
}
date = { $day }. { month } { $year }
day = { weekday }, { date }
place = { $key ->
    [Brussels] Brüssel
    [Bucharest] Bukarest
    [Copenhagen] Kopenhagen
    [Kiev] Kiew
    [Kyiv] Kyjiw
    [Lisbon] Lissabon
    [Luxembourg] Luxemburg
    [Prague] Prag
    [Rome] Rom
    [Vienna] Wien
    [Warsaw] Warschau
    [Zurich] Zürich
   *[other] { $city }
}
place-time = { $key ->
    [UTC] UTC
   *[other] Ortszeit { place }
}
deadline-day = bis zum Ende des Tages am { weekday-deadline }, dem { date } ({ $place })
deadline-time = bis { $time } Uhr am { weekday-time }, dem { date } ({ $place })

list-more = { $start }, { $next }
list-last = { $start } und { $next }


## Die Anfrage, in der E-Mail und auf der Seite des Kunden

request-purpose = Ein eingetragener Partner ist eine Firma, deren Arbeit für einen Kunden { $vendor } anerkennt. Sie darf Zahlen zur Nutzung der Dienste sehen, um Sie beraten zu können.
request-who = Wer anfragt
request-partner = Partner
request-partner-value = { $name } (Partner-ID { $id })
request-contact = Ansprechperson beim Partner
request-customer = Ihre Organisation
request-customer-value = { $tenant } ({ $domain })
request-services = Für welche Dienste

sees = Was der Partner sehen darf
sees-intro = Nur für diese Dienste und nur, solange die Zuordnung besteht:
sees-usage = Nutzung: die Zahl der aktiven Benutzer pro Monat und der bezahlten verfügbaren Einheiten (Lizenzen)
sees-sold-seats = verkaufte Lizenzen: wie viele Lizenzen Sie erworben haben
sees-nothing-else = Sonst nichts: keine Inhalte, keine E-Mails, keine Dateien und keine Namen von Benutzern.

silence = Wenn Sie nichts tun
silence-waiting = Von Ihnen wird nichts verlangt. Wenn Sie nichts tun, wird die Zuordnung nach Ablauf der Frist offiziell.
refuse = Wenn Sie nicht einverstanden sind
refuse-until = Sie können { $deadline } ablehnen, und zwar alle Dienste oder nur einzelne.
refuse-later = Sie können auch jederzeit später ablehnen. Die Zuordnung endet dann, und der Partner sieht nichts mehr.

safety-no-sign-in = Der Link erfordert keine Anmeldung. Wer ihn hat, kann für Ihre Organisation entscheiden; bitte geben Sie ihn nur mit Bedacht weiter.
safety-no-password = { $vendor } verlangt von Ihnen in dieser Sache niemals ein Passwort oder eine Zahlung.


## Die E-Mail an den Kunden

notice-subject = { $partner } möchte als Partner für { $tenant } eingetragen werden
notice-subject-reminder = Erinnerung: { $partner } möchte als Partner für { $tenant } eingetragen werden
notice-preheader = Von Ihnen wird nichts verlangt. Sie können { $deadline } ablehnen.
notice-greeting = Guten Tag
notice-opening = { $partner } gibt an, für { $tenant } tätig zu sein, und möchte für die unten genannten Dienste als Ihr eingetragener Partner (Partner of Record) geführt werden. { $vendor } betreibt dieses Partnerprogramm und informiert Sie, bevor etwas entschieden wird.
notice-reminder = Wir erinnern Sie an eine Anfrage, über die wir Sie bereits informiert haben. Sie können { $deadline } ablehnen; danach wird die Zuordnung offiziell.
notice-no-holidays = Für Ihr Land liegt uns kein Feiertagskalender vor; diese Frist lässt daher nur Wochenenden aus.
notice-link = Anfrage ansehen und entscheiden
notice-link-use = Auf dieser Seite können Sie die Anfrage ablehnen, sofort annehmen oder nur lesen. Das Öffnen ändert nichts.
notice-safety = Ist diese Nachricht echt?
notice-doubt = Wenn Sie Zweifel haben, verwenden Sie den Link nicht und fragen Sie { $vendor } auf einem Weg, den Sie bereits kennen.
notice-why = { $partner } hat als Ansprechperson für { $tenant } diesen Namen angegeben: { $name }.
notice-automatic = Diese Nachricht wurde automatisch von { $vendor } gesendet.


## Die Seite des Kunden

page-title = Anfrage von { $partner } für { $tenant }
page-error-title = Fehler: { $title }
page-skip = Zum Inhalt springen
page-languages = Sprache
page-intro = Auf dieser Seite geht es um die Anfrage von { $partner }, als eingetragener Partner (Partner of Record) für { $tenant } geführt zu werden. { $vendor } betreibt dieses Partnerprogramm.

page-state = { $state ->
    [waiting] Von Ihnen wird nichts verlangt
    [official] Die Zuordnung ist offiziell
    [declined] Abgelehnt
    [ended] Die Zuordnung ist beendet
    [over] Die Anfrage ist beendet
    [preparing] Die Anfrage wird geprüft
   *[mixed] Der Stand ist je nach Dienst verschieden
}
page-state-more = { $state ->
    [waiting] Wenn Sie nichts tun, wird die Zuordnung nach Ablauf der Frist offiziell.
    [official] Der Partner ist Ihr eingetragener Partner. Sie können weiterhin jederzeit ablehnen.
    [declined] Der Partner ist nicht als Ihr eingetragener Partner anerkannt und sieht nichts.
    [ended] Der Partner ist nicht mehr Ihr eingetragener Partner und sieht nichts mehr.
    [over] Der Partner ist nicht Ihr eingetragener Partner und sieht nichts. Von Ihnen wird nichts verlangt.
    [preparing] Wir informieren Sie, bevor etwas entschieden wird.
   *[mixed] Was für welchen Dienst gilt, steht in der Liste der Dienste.
}
page-scope-state = { $state ->
    [waiting] wartet
    [official] offiziell
    [declined] abgelehnt
    [ended] beendet
    [over] beendet
   *[preparing] wird geprüft
}
page-until = Sie können { $deadline } ablehnen.

page-outcome = { $outcome ->
    [declined] Erledigt: Sie haben abgelehnt
    [accepted] Erledigt: Sie haben angenommen
    [examined] Noch ist nichts offiziell
    [undone] Erledigt: Ihre Ablehnung ist zurückgenommen
    [undone_to_review] Erledigt: Ihre Ablehnung ist zurückgenommen
    [too_late] Das lässt sich nicht mehr zurücknehmen
    [other_link] Es wurde nichts geändert
   *[nothing_to_do] Es wurde nichts geändert
}
page-outcome-more = { $outcome ->
    [declined] Für die Dienste, die unten als abgelehnt gekennzeichnet sind, ist der Partner nicht anerkannt und sieht nichts davon. Sie müssen nichts weiter tun.
    [accepted] Die Zuordnung ist jetzt offiziell. Sie können auch jederzeit später ablehnen.
    [examined] Für diesen Dienst ist inzwischen ein anderer Partner eingetragen. Die beiden Anfragen werden zuerst verglichen; wir informieren Sie, bevor etwas entschieden wird.
    [undone] Die Anfrage wartet wieder wie zuvor.
    [undone_to_review] Die Anfrage wird erneut geprüft. Wir informieren Sie, bevor etwas entschieden wird.
    [too_late] Die Frist dafür ist abgelaufen. Wenn Sie mit dem Partner arbeiten möchten, kann er eine neue Anfrage senden.
    [other_link] Mit diesem Link geht das nicht. Bitte verwenden Sie den in der letzten Nachricht oder, um eine Ablehnung zurückzunehmen, den, mit dem abgelehnt wurde.
   *[nothing_to_do] Was Sie wollten, galt bereits. Den jetzigen Stand sehen Sie unten.
}

page-decide = Ihre Entscheidung
page-decline = Ablehnen
page-decline-end = Zuordnung beenden
page-accept = Sofort annehmen
page-undo-more = War das ein Versehen? Sie können Ihre Ablehnung { $deadline } zurücknehmen.
page-undo-open = War das ein Versehen? Sie können Ihre Ablehnung zurücknehmen.
page-undo = Ablehnung zurücknehmen
page-back = Zurück, ohne zu entscheiden

decline-title = { $partner } ablehnen
decline-intro = Für die Dienste, die Sie wählen, wird der Partner nicht anerkannt und sieht nichts davon. Wir teilen es dem Partner mit, auch Ihren Grund, falls Sie einen angeben.
decline-services = Welche Dienste lehnen Sie ab?
decline-services-hint = Alle sind gewählt. Nehmen Sie die heraus, die der Partner behalten darf.
decline-nothing-chosen = Bitte wählen Sie mindestens einen Dienst.
decline-reason = Grund (freiwillig)
decline-reason-hint = Der Partner und { $vendor } werden ihn lesen. Höchstens 500 Zeichen.
decline-button = Jetzt ablehnen

accept-title = { $partner } annehmen
accept-intro = Die Zuordnung wird sofort offiziell, ohne dass die Frist abgewartet wird. Sie können auch jederzeit später ablehnen.
accept-services = Sie nehmen den Partner für diese Dienste an
accept-button = Jetzt annehmen

neutral-title = Dieser Link funktioniert nicht
neutral-text = Bitte öffnen Sie den Link in der letzten Nachricht, die Sie erhalten haben, oder fragen Sie deren Absender.
error-title = Etwas ist schiefgegangen
error-text = Ihre Entscheidung wurde vielleicht nicht gespeichert. Bitte warten Sie einen Moment, öffnen Sie den Link in Ihrer Nachricht noch einmal und sehen Sie sich den dort angezeigten Stand an.
error-link = Jetzigen Stand anzeigen


## E-Mails an den Partner

update-greeting = Guten Tag { $name }
update-claim = Antrag
update-claim-value = { $name } ({ $id })
update-customer = Kunde
update-services = Dienste
update-service = { $label }: { $standing }
update-reason = Grund: { $reason }
update-detail = Kommentar: { $detail }
update-cure = Was hilft: { $cure }
update-automatic = Diese Nachricht wurde automatisch von { $vendor } gesendet.

update-notice-sent-subject = Kunde informiert: { $claim }
update-notice-sent = Der Kunde { $tenant } wurde über Ihren Antrag informiert. Er kann { $deadline } ablehnen. Tut er das nicht, wird die Zuordnung offiziell.
update-official-subject = Offiziell: { $claim }
update-official = Sie sind für die unten als offiziell gekennzeichneten Dienste eingetragener Partner von { $tenant } und dürfen deren Zahlen sehen. Der Kunde kann auch jederzeit später ablehnen.
update-declined-subject = Vom Kunden abgelehnt: { $claim }
update-declined = Der Kunde { $tenant } hat die unten als abgelehnt gekennzeichneten Dienste abgelehnt. Sie sind dafür nicht eingetragener Partner.
update-declined-reason = Grund des Kunden: { $reason }
update-decline-undone-subject = Kunde hat seine Ablehnung zurückgenommen: { $claim }
update-decline-undone = Der Kunde { $tenant } hat seine Ablehnung zurückgenommen. Der Antrag wartet wieder; der Kunde kann { $deadline } ablehnen.
update-action-required-subject = Angaben benötigt: { $claim }
update-action-required = Ihr Antrag braucht weitere Angaben, bevor er weitergehen kann. Bitte ergänzen Sie ihn und reichen Sie ihn erneut ein; das können Sie { $deadline }. Danach wird er zurückgewiesen.
update-rejected-subject = Zurückgewiesen: { $claim }
update-rejected = Ihr Antrag wurde zurückgewiesen. Die Gründe stehen unten bei jedem Dienst.
update-rejected-dispute = Wenn Sie nicht einverstanden sind, können Sie dem einmal widersprechen, mit einer Begründung oder einem neuen Leistungsnachweis, { $deadline }.
update-superseded-subject = Ein anderer Partner ist jetzt eingetragen: { $claim }
update-superseded = Ein anderer Partner ist für die unten als abgelöst gekennzeichneten Dienste eingetragener Partner von { $tenant } geworden. Ihre Zuordnung dazu ist beendet.
update-competing-subject = Ein anderer Partner beantragt dasselbe: { $claim }
update-competing = Ein anderer Partner hat Dienste von { $tenant } beantragt, für die Sie eingetragener Partner sind. Ihre Zuordnung bleibt offiziell, bis der andere Antrag offiziell wird, falls es dazu kommt. Wir informieren Sie.
update-under-review-subject = In Prüfung: { $claim }
update-under-review = Ihr Antrag wird geprüft. Sie müssen nichts tun; wir teilen Ihnen das Ergebnis mit oder fragen nach, falls etwas fehlt.
update-expired-subject = Beendet: { $claim }
update-expired = Ihre Zuordnung zu { $tenant } ist für die unten als abgelaufen gekennzeichneten Dienste beendet, weil deren Abonnement beendet ist.
update-expired-request-subject = Antrag beendet: { $claim }
update-expired-request = Ihr Antrag zu { $tenant } ist für die unten als abgelaufen gekennzeichneten Dienste beendet, weil deren Abonnement beendet ist. Für ein anderes Abonnement können Sie einen neuen Antrag stellen.
update-undeliverable-subject = Kunde nicht erreichbar: { $claim }
update-undeliverable = Unsere Nachricht an die von Ihnen genannte Ansprechperson bei { $tenant } konnte nicht zugestellt werden; die Frist des Kunden läuft deshalb nicht. Bitte berichtigen Sie den Kontakt und reichen Sie den Antrag erneut ein; das können Sie { $deadline }. Danach wird er zurückgewiesen.
update-withdrawn-subject = Zurückgezogen: { $claim }
update-withdrawn = Ihr Antrag zu { $tenant } wurde zurückgezogen. Es geschieht nichts weiter damit.
update-disassociated-subject = Zuordnung beendet: { $claim }
update-disassociated = Sie haben Ihre Zuordnung zu { $tenant } für die unten als vom Partner beendet gekennzeichneten Dienste beendet. Deren Zahlen sehen Sie nicht mehr.

standing = { $standing ->
    [draft] Entwurf
    [submitted] eingereicht
    [under_review] in Prüfung
    [action_required] Angaben benötigt
    [notifying] Kunde wird informiert
    [awaiting_customer] wartet auf den Kunden
    [official] offiziell
    [declined] abgelehnt
    [rejected] zurückgewiesen
    [disputed] Widerspruch eingelegt
    [rejected_final] endgültig zurückgewiesen
    [withdrawn] zurückgezogen
    [disassociated] vom Partner beendet
    [superseded] durch einen anderen Partner abgelöst
    [expired] abgelaufen
   *[other] { $standing }
}

reason = { $reason ->
    [missing_poe] Es gibt keinen Leistungsnachweis.
    [missing_customer_acknowledgement] Der Leistungsnachweis ist vom Kunden nicht bestätigt.
    [missing_dates] Der Leistungsnachweis hat kein Datum oder ein zu altes.
    [missing_partner_service] Der Leistungsnachweis zeigt nicht, was Sie für den Kunden tun.
    [missing_product] Der Leistungsnachweis nennt diesen Dienst oder dieses Produkt nicht.
    [no_partner_response] Wir haben von Ihnen nicht rechtzeitig eine Antwort erhalten.
    [partner_request] Sie haben darum gebeten.
    [customer_declined] Der Kunde hat abgelehnt.
    [customer_contact_undeliverable] Die Ansprechperson des Kunden war nicht erreichbar.
    [lost_to_competing_claim] Der Leistungsnachweis eines anderen Partners war aktueller.
   *[other] { $reason }
}
cure = { $reason ->
    [missing_poe] fügen Sie ein Dokument bei, das Ihre Arbeit zeigt, vom Kunden unterschrieben und für das Programm aktuell genug ist.
    [missing_customer_acknowledgement] lassen Sie den Kunden das Dokument unterschreiben, oder senden Sie eine Erklärung, in der er die Arbeit bestätigt.
    [missing_dates] senden Sie ein Dokument, das unterschrieben, datiert und für das Programm aktuell genug ist.
    [missing_partner_service] senden Sie ein Dokument, das Ihre Leistung beschreibt, etwa Bereitstellung, Einführung oder Support.
    [missing_product] senden Sie ein Dokument, das den beantragten Dienst oder das Produkt nennt, oder beantragen Sie das, was es nennt.
    [no_partner_response] widersprechen Sie der Zurückweisung mit den verlangten Angaben, oder stellen Sie einen neuen Antrag.
    [partner_request] es ist nichts zu tun. Sie können jederzeit einen neuen Antrag stellen.
    [customer_declined] sprechen Sie mit dem Kunden. Wenn er einverstanden ist, stellen Sie einen neuen Antrag.
    [customer_contact_undeliverable] nennen Sie eine Ansprechperson mit gültiger Adresse in der eigenen Domäne des Kunden.
    [lost_to_competing_claim] widersprechen Sie der Zurückweisung, wenn Sie einen aktuelleren Leistungsnachweis haben.
   *[other] siehe den Kommentar des Prüfers.
}
