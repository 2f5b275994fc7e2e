# What customers and partners read. Every other language has the same messages with the same variables.
# Address readers formally. Names of people, firms and products come in as variables and cannot be inflected.

language-name = English
# ltr or rtl
language-direction = ltr


## Dates and lists

# Numbered from Monday.
weekday = { $weekday ->
    [1] Monday
    [2] Tuesday
    [3] Wednesday
    [4] Thursday
    [5] Friday
    [6] Saturday
   *[7] Sunday
}
# The form that deadline-day needs, where it differs.
weekday-deadline = { weekday }
# The form that deadline-time needs, where it differs.
weekday-time = { weekday }
month = { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
}
date = { $day } { month } { $year }
day = { weekday } { date }
# A time zone, named by its city. $key is the city as the time zone database writes it.
place = { $key ->
   *[other] { $city }
}
place-time = { $key ->
    [UTC] UTC
   *[other] { place } time
}
# Until when something may be done; the day itself still counts.
deadline-day = until the end of { weekday-deadline } { date } ({ $place })
deadline-time = until { $time } on { weekday-time } { date } ({ $place })

# A list of three is list-last (list-more (first, second), third).
list-more = { $start }, { $next }
list-last = { $start } and { $next }


## The request, in the customer's mail and on its page

request-purpose = A partner of record is a firm whose work with a customer { $vendor } recognises. It may see figures about the use of the services, so that it can advise you.
request-who = Who asks
request-partner = Partner
request-partner-value = { $name } (partner ID { $id })
request-contact = Contact at the partner
request-customer = Your organisation
request-customer-value = { $tenant } ({ $domain })
request-services = For which services

sees = What the partner may see
sees-intro = Only for these services, and only while the association lasts:
sees-usage = usage: the number of monthly active users and of paid available units (seats)
sees-sold-seats = sold seats: how many seats you have bought
sees-nothing-else = Nothing else: no content, no e-mail, no files and no names of users.

silence = If you do nothing
silence-waiting = Nothing is required of you. If you do nothing, the association becomes official when the time to say no is over.
refuse = If you do not agree
refuse-until = You can say no { $deadline }, to all of the services or to some of them.
refuse-later = You can also say no at any later time. The association then ends, and the partner sees nothing more.

safety-no-sign-in = The link needs no sign-in. Whoever has it can decide for your organisation, so please pass it on with care.
safety-no-password = { $vendor } never asks you for a password or a payment in this matter.


## The mail to the customer

notice-subject = { $partner } asks to be partner of record for { $tenant }
notice-subject-reminder = Reminder: { $partner } asks to be partner of record for { $tenant }
notice-preheader = Nothing is required of you. You can say no { $deadline }.
notice-greeting = Hello,
notice-opening = { $partner } tells us that it works with { $tenant }, and asks to be recorded as your partner of record for the services below. { $vendor } runs this partner programme and is informing you before anything is decided.
notice-reminder = This is a reminder of a request that we told you about earlier. You can say no { $deadline }; after that, the association becomes official.
notice-no-holidays = We have no calendar of public holidays for your country, so this date leaves out weekends only.
notice-link = See the request and decide
notice-link-use = On this page you can say no to the request, accept it at once, or only read it. Opening it changes nothing.
notice-safety = Is this message genuine?
notice-doubt = If you are in doubt, do not use the link; ask { $vendor } in a way that you already know.
notice-why = { $partner } named this person as the contact for { $tenant }: { $name }.
notice-automatic = This message was sent automatically by { $vendor }.


## The customer's page

page-title = Request of { $partner } for { $tenant }
page-error-title = Error: { $title }
page-skip = Skip to the content
page-languages = Language
page-intro = This page is about the request of { $partner } to be recorded as partner of record for { $tenant }. { $vendor } runs this partner programme.

# The state of the whole request, as a heading.
page-state = { $state ->
    [waiting] Nothing is required of you
    [official] The association is official
    [declined] Declined
    [ended] The association has ended
    [over] The request has ended
    [preparing] The request is being examined
   *[mixed] The state differs by service
}
page-state-more = { $state ->
    [waiting] If you do nothing, the association becomes official when the time to say no is over.
    [official] The partner is your partner of record. You can still say no at any time.
    [declined] The partner is not recognised as your partner of record and sees nothing.
    [ended] The partner is no longer your partner of record and sees nothing more.
    [over] The partner is not your partner of record and sees nothing. Nothing is required of you.
    [preparing] You will be told before anything is decided.
   *[mixed] The list of services says what holds for each of them.
}
# The state of one service, beside its name.
page-scope-state = { $state ->
    [waiting] waiting
    [official] official
    [declined] declined
    [ended] ended
    [over] ended
   *[preparing] being examined
}
page-until = You can say no { $deadline }.

# What came of the customer's own step.
page-outcome = { $outcome ->
    [declined] Done: you said no
    [accepted] Done: you accepted
    [examined] Nothing is official yet
    [undone] Done: your no is taken back
    [undone_to_review] Done: your no is taken back
    [too_late] This can no longer be taken back
    [other_link] Nothing was changed
   *[nothing_to_do] Nothing was changed
}
page-outcome-more = { $outcome ->
    [declined] The partner is not recognised for the services that are marked as declined below, and sees nothing of them. You need not do anything else.
    [accepted] The association is official now. You can still say no at any later time.
    [examined] Another partner has been recorded for this service meanwhile. The two requests are compared first, and you will be told before anything is decided.
    [undone] The request waits again, as it did before.
    [undone_to_review] The request is being examined again. You will be told before anything is decided.
    [too_late] The time for it is over. The partner may send a new request if you want to work with it.
    [other_link] This link cannot be used for that. Please use the one in the latest message or, to take back a no, the one with which it was said.
   *[nothing_to_do] What you asked for was already so. The present state is below.
}

page-decide = Your decision
page-decline = Say no
page-decline-end = End the association
page-accept = Accept now
page-undo-more = Was this a mistake? You can take your no back { $deadline }.
page-undo-open = Was this a mistake? You can take your no back.
page-undo = Take back my no
page-back = Back without deciding

decline-title = Say no to { $partner }
decline-intro = The partner will not be recognised for the services that you choose, and will see nothing of them. We tell the partner, with your reason if you give one.
decline-services = Which services do you say no to?
decline-services-hint = All are chosen. Clear those that the partner may keep.
decline-nothing-chosen = Please choose at least one service.
decline-reason = Reason (optional)
decline-reason-hint = The partner and { $vendor } will read it. At most 500 characters.
decline-button = Say no now

accept-title = Accept { $partner }
accept-intro = The association becomes official at once, without waiting for the deadline. You can still say no at any later time.
accept-services = You accept the partner for these services
accept-button = Accept now

# Shown to whoever has no valid link: all languages stand on one page, so keep it to one short sentence.
neutral-title = This link does not work
neutral-text = Please open the link in the latest message that you received, or ask the sender of that message.
error-title = Something went wrong
error-text = Your decision may not have been saved. Please wait a moment, open the link in your message again and look at the state shown there.
error-link = Show the present state


## Mails to the partner

update-greeting = Hello { $name },
update-claim = Claim
update-claim-value = { $name } ({ $id })
update-customer = Customer
update-services = Services
# One service: "Teams: official"
update-service = { $label }: { $standing }
update-reason = Reason: { $reason }
update-detail = Comment: { $detail }
update-cure = What helps: { $cure }
update-automatic = This message was sent automatically by { $vendor }.

update-notice-sent-subject = Customer informed: { $claim }
update-notice-sent = The customer { $tenant } has been told about your claim. It can say no { $deadline }. If it does not, the association becomes official.
update-official-subject = Official: { $claim }
update-official = You are partner of record of { $tenant } for the services marked as official below, and may see their figures. The customer can still say no at any later time.
update-declined-subject = Declined by the customer: { $claim }
update-declined = The customer { $tenant } said no to the services marked as declined below. You are not partner of record for them.
update-declined-reason = The customer's reason: { $reason }
update-decline-undone-subject = Customer took its no back: { $claim }
update-decline-undone = The customer { $tenant } took its no back. The claim waits again; the customer can say no { $deadline }.
update-action-required-subject = Information needed: { $claim }
update-action-required = Your claim needs more information before it can go on. Please complete and submit it again; you can do so { $deadline }. After that it is rejected.
update-rejected-subject = Rejected: { $claim }
update-rejected = Your claim was rejected. The reasons are given for each service below.
update-rejected-dispute = If you do not agree, you can dispute this once, with a justification or a new proof of execution, { $deadline }.
update-superseded-subject = Another partner is now partner of record: { $claim }
update-superseded = Another partner has become partner of record of { $tenant } for the services marked as superseded below. Your association with them has ended.
update-competing-subject = Another partner claims the same: { $claim }
update-competing = Another partner has claimed services of { $tenant } for which you are partner of record. Your association stays official until the other claim becomes official, if it does. We will tell you.
update-under-review-subject = Under review: { $claim }
update-under-review = Your claim is being reviewed. You need not do anything; we will tell you the outcome, or ask if something is missing.
update-expired-subject = Ended: { $claim }
update-expired = Your association with { $tenant } has ended for the services marked as expired below, because their subscription has ended.
update-expired-request-subject = Claim ended: { $claim }
update-expired-request = Your claim on { $tenant } has ended for the services marked as expired below, because their subscription has ended. You can submit a claim for another subscription.
update-undeliverable-subject = Customer could not be reached: { $claim }
update-undeliverable = Our message to the contact at { $tenant } that you named could not be delivered, so the customer's time to say no does not run. Please correct the contact and submit the claim again; you can do so { $deadline }. After that it is rejected.
update-withdrawn-subject = Withdrawn: { $claim }
update-withdrawn = Your claim on { $tenant } was withdrawn. Nothing else will happen with it.
update-disassociated-subject = Association ended: { $claim }
update-disassociated = You have ended your association with { $tenant } for the services marked as ended by the partner below. You no longer see their figures.

# Statuses of a claim's service, by their codes in the interface.
standing = { $standing ->
    [draft] draft
    [submitted] submitted
    [under_review] under review
    [action_required] information needed
    [notifying] informing the customer
    [awaiting_customer] waiting for the customer
    [official] official
    [declined] declined
    [rejected] rejected
    [disputed] disputed
    [rejected_final] finally rejected
    [withdrawn] withdrawn
    [disassociated] ended by the partner
    [superseded] superseded by another partner
    [expired] expired
   *[other] { $standing }
}

# Reasons, by their codes in the interface, and what the partner can do about each.
reason = { $reason ->
    [missing_poe] There is no proof of execution.
    [missing_customer_acknowledgement] The proof of execution is not acknowledged by the customer.
    [missing_dates] The proof of execution has no date, or an old one.
    [missing_partner_service] The proof of execution does not show what you do for the customer.
    [missing_product] The proof of execution does not name this service or product.
    [no_partner_response] We had no answer from you in time.
    [partner_request] You asked for it.
    [customer_declined] The customer said no.
    [customer_contact_undeliverable] The customer's contact could not be reached.
    [lost_to_competing_claim] Another partner's proof of execution was the more recent one.
   *[other] { $reason }
}
cure = { $reason ->
    [missing_poe] add a document that shows your work, signed by the customer and recent enough for the programme.
    [missing_customer_acknowledgement] have the customer sign the document, or send a statement in which it confirms the work.
    [missing_dates] send a document that is signed, dated, and recent enough for the programme.
    [missing_partner_service] send a document that describes your service, such as deployment, adoption or support.
    [missing_product] send a document that names the service or product you claim, or claim the one it names.
    [no_partner_response] dispute the rejection with the information asked for, or make a new claim.
    [partner_request] nothing needs to be done. You can make a new claim at any time.
    [customer_declined] speak with the customer. If it agrees, make a new claim.
    [customer_contact_undeliverable] name a contact with a working address in the customer's own domain.
    [lost_to_competing_claim] dispute the rejection if you have a proof of execution that is more recent.
   *[other] see the comment of the reviewer.
}
