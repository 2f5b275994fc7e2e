language-name = Français
language-direction = ltr


## Dates et listes

weekday = { $weekday ->
    [1] lundi
    [2] mardi
    [3] mercredi
    [4] jeudi
    [5] vendredi
    [6] samedi
   *[7] dimanche
}
weekday-deadline = { weekday }
weekday-time = { weekday }
month = { $month ->
    [1] janvier
    [2] février
    [3] mars
    [4] avril
    [5] mai
    [6] juin
    [7] juillet
    [8] août
    [9] septembre
    [10] octobre
    [11] novembre
   *[12] décembre
}
date = { $day ->
    [1] 1er
   *[other] { $day }
} { month } { $year }
day = { weekday } { date }
place = { $key ->
    [Athens] Athènes
    [Brussels] Bruxelles
    [Bucharest] Bucarest
    [Copenhagen] Copenhague
    [Lisbon] Lisbonne
    [London] Londres
    [Vienna] Vienne
    [Warsaw] Varsovie
   *[other] { $city }
}
place-time = { $key ->
    [UTC] UTC
   *[other] heure locale : { place }
}
deadline-day = jusqu’à la fin de la journée du { weekday-deadline } { date } ({ $place })
deadline-time = jusqu’à { $time } le { weekday-time } { date } ({ $place })

list-more = { $start }, { $next }
list-last = { $start } et { $next }


## La demande, dans le courriel et sur la page du client

request-purpose = Un partenaire attitré est une entreprise dont { $vendor } reconnaît le travail auprès d’un client. Il peut voir des chiffres sur l’utilisation des services afin de vous conseiller.
request-who = Qui fait la demande
request-partner = Partenaire
request-partner-value = { $name } (ID de partenaire { $id })
request-contact = Contact chez le partenaire
request-customer = Votre organisation
request-customer-value = { $tenant } ({ $domain })
request-services = Pour quels services

sees = Ce que le partenaire peut voir
sees-intro = Uniquement pour ces services, et seulement tant que dure l’association :
sees-usage = utilisation : le nombre d’utilisateurs actifs par mois et d’unités payées disponibles (licences)
sees-sold-seats = licences vendues : le nombre de licences que vous avez achetées
sees-nothing-else = Rien d’autre : aucun contenu, aucun courriel, aucun fichier, aucun nom d’utilisateur.

silence = Si vous ne faites rien
silence-waiting = Rien ne vous est demandé. Si vous ne faites rien, l’association devient officielle à l’expiration du délai.
refuse = Si vous n’êtes pas d’accord
refuse-until = Vous pouvez refuser { $deadline }, pour tous les services ou pour certains seulement.
refuse-later = Vous pouvez aussi refuser à tout moment par la suite. L’association prend alors fin et le partenaire ne voit plus rien.

safety-no-sign-in = Le lien ne demande aucune connexion. Toute personne qui le possède peut décider pour votre organisation ; veuillez ne le transmettre qu’avec prudence.
safety-no-password = { $vendor } ne vous demande jamais de mot de passe ni de paiement à ce sujet.


## Le courriel au client

notice-subject = { $partner } demande à être enregistré comme partenaire de { $tenant }
notice-subject-reminder = Rappel : { $partner } demande à être enregistré comme partenaire de { $tenant }
notice-preheader = Rien ne vous est demandé. Vous pouvez refuser { $deadline }.
notice-greeting = Bonjour,
notice-opening = { $partner } déclare travailler avec { $tenant } et demande à être enregistré comme votre partenaire attitré (partner of record) pour les services ci-dessous. { $vendor } gère ce programme de partenariat et vous informe avant toute décision.
notice-reminder = Nous vous rappelons une demande dont nous vous avons déjà informé. Vous pouvez refuser { $deadline } ; ensuite, l’association devient officielle.
notice-no-holidays = Nous n’avons pas de calendrier des jours fériés de votre pays ; ce délai n’exclut donc que les week-ends.
notice-link = Voir la demande et décider
notice-link-use = Sur cette page, vous pouvez refuser la demande, l’accepter immédiatement ou simplement la lire. L’ouvrir ne change rien.
notice-safety = Ce message est-il authentique ?
notice-doubt = En cas de doute, n’utilisez pas le lien et contactez { $vendor } par un moyen que vous connaissez déjà.
notice-why = { $partner } a indiqué cette personne comme contact de { $tenant } : { $name }.
notice-automatic = Ce message a été envoyé automatiquement par { $vendor }.


## La page du client

page-title = Demande de { $partner } pour { $tenant }
page-error-title = Erreur : { $title }
page-skip = Aller au contenu
page-languages = Langue
page-intro = Cette page concerne la demande de { $partner } d’être enregistré comme partenaire attitré (partner of record) de { $tenant }. { $vendor } gère ce programme de partenariat.

page-state = { $state ->
    [waiting] Rien ne vous est demandé
    [official] L’association est officielle
    [declined] Refusé
    [ended] L’association a pris fin
    [over] La demande a pris fin
    [preparing] La demande est à l’examen
   *[mixed] L’état varie selon le service
}
page-state-more = { $state ->
    [waiting] Si vous ne faites rien, l’association devient officielle à l’expiration du délai.
    [official] Le partenaire est votre partenaire attitré. Vous pouvez toujours refuser à tout moment.
    [declined] Le partenaire n’est pas reconnu comme votre partenaire attitré et ne voit rien.
    [ended] Le partenaire n’est plus votre partenaire attitré et ne voit plus rien.
    [over] Le partenaire n’est pas votre partenaire attitré et ne voit rien. Rien ne vous est demandé.
    [preparing] Vous serez informé avant toute décision.
   *[mixed] La liste des services indique ce qui vaut pour chacun d’eux.
}
page-scope-state = { $state ->
    [waiting] en attente
    [official] officiel
    [declined] refusé
    [ended] terminé
    [over] terminé
   *[preparing] à l’examen
}
page-until = Vous pouvez refuser { $deadline }.

page-outcome = { $outcome ->
    [declined] C’est fait : vous avez refusé
    [accepted] C’est fait : vous avez accepté
    [examined] Rien n’est encore officiel
    [undone] C’est fait : votre refus est annulé
    [undone_to_review] C’est fait : votre refus est annulé
    [too_late] Il n’est plus possible d’annuler
    [other_link] Rien n’a été modifié
   *[nothing_to_do] Rien n’a été modifié
}
page-outcome-more = { $outcome ->
    [declined] Pour les services marqués comme refusés ci-dessous, le partenaire n’est pas reconnu et n’en voit rien. Vous n’avez rien d’autre à faire.
    [accepted] L’association est maintenant officielle. Vous pouvez refuser à tout moment par la suite.
    [examined] Un autre partenaire est entre-temps inscrit pour ce service. Les deux demandes sont d’abord comparées ; vous serez informé avant toute décision.
    [undone] La demande est de nouveau en attente, comme auparavant.
    [undone_to_review] La demande est de nouveau à l’examen. Vous serez informé avant toute décision.
    [too_late] Le délai est écoulé. Si vous souhaitez travailler avec le partenaire, il peut envoyer une nouvelle demande.
    [other_link] Ce lien ne le permet pas. Veuillez utiliser celui du dernier message ou, pour annuler un refus, celui avec lequel vous avez refusé.
   *[nothing_to_do] Ce que vous demandiez était déjà le cas. L’état actuel figure ci-dessous.
}

page-decide = Votre décision
page-decline = Refuser
page-decline-end = Mettre fin à l’association
page-accept = Accepter immédiatement
page-undo-more = Était-ce une erreur ? Vous pouvez annuler votre refus { $deadline }.
page-undo-open = Était-ce une erreur ? Vous pouvez annuler votre refus.
page-undo = Annuler mon refus
page-back = Retour sans décider

decline-title = Refuser { $partner }
decline-intro = Le partenaire ne sera pas reconnu pour les services que vous choisissez et n’en verra rien. Nous en informons le partenaire, en lui indiquant votre motif si vous en donnez un.
decline-services = Quels services refusez-vous ?
decline-services-hint = Tous sont choisis. Décochez ceux que le partenaire peut garder.
decline-nothing-chosen = Veuillez choisir au moins un service.
decline-reason = Motif (facultatif)
decline-reason-hint = Le partenaire et { $vendor } le liront. 500 caractères au plus.
decline-button = Refuser maintenant

accept-title = Accepter { $partner }
accept-intro = L’association devient officielle immédiatement, sans attendre la fin du délai. Vous pouvez refuser à tout moment par la suite.
accept-services = Vous acceptez le partenaire pour ces services
accept-button = Accepter maintenant

neutral-title = Ce lien ne fonctionne pas
neutral-text = Veuillez ouvrir le lien du dernier message que vous avez reçu, ou vous adresser à son expéditeur.
error-title = Une erreur s’est produite
error-text = Votre décision n’a peut-être pas été enregistrée. Veuillez patienter un instant, rouvrir le lien de votre message et vérifier l’état qui y est indiqué.
error-link = Afficher l’état actuel


## Courriels au partenaire

update-greeting = Bonjour { $name },
update-claim = Demande
update-claim-value = { $name } ({ $id })
update-customer = Client
update-services = Services
update-service = { $label } : { $standing }
update-reason = Motif : { $reason }
update-detail = Commentaire : { $detail }
update-cure = Que faire : { $cure }
update-automatic = Ce message a été envoyé automatiquement par { $vendor }.

update-notice-sent-subject = Client informé : { $claim }
update-notice-sent = Le client { $tenant } a été informé de votre demande. Il peut refuser { $deadline }. S’il ne le fait pas, l’association devient officielle.
update-official-subject = Officiel : { $claim }
update-official = Vous êtes partenaire attitré de { $tenant } pour les services marqués comme officiels ci-dessous et pouvez voir leurs chiffres. Le client peut refuser à tout moment par la suite.
update-declined-subject = Refusé par le client : { $claim }
update-declined = Le client { $tenant } a refusé les services marqués comme refusés ci-dessous. Vous n’en êtes pas partenaire attitré.
update-declined-reason = Motif du client : { $reason }
update-decline-undone-subject = Le client a annulé son refus : { $claim }
update-decline-undone = Le client { $tenant } a annulé son refus. La demande est de nouveau en attente ; le client peut refuser { $deadline }.
update-action-required-subject = Informations nécessaires : { $claim }
update-action-required = Votre demande nécessite des informations complémentaires. Veuillez la compléter et la soumettre de nouveau ; vous pouvez le faire { $deadline }. Ensuite, elle est rejetée.
update-rejected-subject = Rejetée : { $claim }
update-rejected = Votre demande a été rejetée. Les motifs sont indiqués ci-dessous pour chaque service.
update-rejected-dispute = Si vous n’êtes pas d’accord, vous pouvez contester une fois, avec une justification ou une nouvelle preuve d’exécution, { $deadline }.
update-superseded-subject = Un autre partenaire est désormais attitré : { $claim }
update-superseded = Un autre partenaire est devenu partenaire attitré de { $tenant } pour les services marqués comme remplacés ci-dessous. Votre association avec eux a pris fin.
update-competing-subject = Un autre partenaire demande la même chose : { $claim }
update-competing = Un autre partenaire a demandé des services de { $tenant } dont vous êtes partenaire attitré. Votre association reste officielle jusqu’à ce que l’autre demande le devienne, le cas échéant. Nous vous en informerons.
update-under-review-subject = À l’examen : { $claim }
update-under-review = Votre demande est à l’examen. Vous n’avez rien à faire ; nous vous communiquerons le résultat, ou vous demanderons ce qui manque.
update-expired-subject = Terminée : { $claim }
update-expired = Votre association avec { $tenant } a pris fin pour les services marqués comme expirés ci-dessous, car leur abonnement a pris fin.
update-expired-request-subject = Demande terminée : { $claim }
update-expired-request = Votre demande concernant { $tenant } a pris fin pour les services marqués comme expirés ci-dessous, car leur abonnement a pris fin. Vous pouvez soumettre une demande pour un autre abonnement.
update-undeliverable-subject = Client injoignable : { $claim }
update-undeliverable = Notre message au contact de { $tenant } que vous avez indiqué n’a pas pu être remis ; le délai du client ne court donc pas. Veuillez corriger le contact et soumettre de nouveau la demande ; vous pouvez le faire { $deadline }. Ensuite, elle est rejetée.
update-withdrawn-subject = Retirée : { $claim }
update-withdrawn = Votre demande concernant { $tenant } a été retirée. Elle n’aura pas d’autre suite.
update-disassociated-subject = Association terminée : { $claim }
update-disassociated = Vous avez mis fin à votre association avec { $tenant } pour les services marqués comme terminés par le partenaire ci-dessous. Vous ne voyez plus leurs chiffres.

standing = { $standing ->
    [draft] brouillon
    [submitted] soumis
    [under_review] à l’examen
    [action_required] informations nécessaires
    [notifying] client en cours d’information
    [awaiting_customer] en attente du client
    [official] officiel
    [declined] refusé
    [rejected] rejeté
    [disputed] contesté
    [rejected_final] rejeté définitivement
    [withdrawn] retiré
    [disassociated] terminé par le partenaire
    [superseded] remplacé par un autre partenaire
    [expired] expiré
   *[other] { $standing }
}

reason = { $reason ->
    [missing_poe] Il n’y a pas de preuve d’exécution.
    [missing_customer_acknowledgement] La preuve d’exécution n’est pas reconnue par le client.
    [missing_dates] La preuve d’exécution n’a pas de date, ou une date trop ancienne.
    [missing_partner_service] La preuve d’exécution ne montre pas ce que vous faites pour le client.
    [missing_product] La preuve d’exécution ne mentionne pas ce service ou ce produit.
    [no_partner_response] Nous n’avons pas reçu votre réponse à temps.
    [partner_request] Vous l’avez demandé.
    [customer_declined] Le client a refusé.
    [customer_contact_undeliverable] Le contact du client n’a pas pu être joint.
    [lost_to_competing_claim] La preuve d’exécution d’un autre partenaire était plus récente.
   *[other] { $reason }
}
cure = { $reason ->
    [missing_poe] joignez un document qui montre votre travail, signé par le client et assez récent pour le programme.
    [missing_customer_acknowledgement] faites signer le document par le client, ou envoyez une déclaration dans laquelle il confirme le travail.
    [missing_dates] envoyez un document signé, daté et assez récent pour le programme.
    [missing_partner_service] envoyez un document qui décrit votre prestation, par exemple déploiement, adoption ou assistance.
    [missing_product] envoyez un document qui mentionne le service ou le produit demandé, ou demandez celui qu’il mentionne.
    [no_partner_response] contestez le rejet avec les informations demandées, ou faites une nouvelle demande.
    [partner_request] il n’y a rien à faire. Vous pouvez faire une nouvelle demande à tout moment.
    [customer_declined] parlez avec le client. S’il est d’accord, faites une nouvelle demande.
    [customer_contact_undeliverable] indiquez un contact dont l’adresse fonctionne, dans le domaine propre du client.
    [lost_to_competing_claim] contestez le rejet si vous avez une preuve d’exécution plus récente.
   *[other] voir le commentaire de l’examinateur.
}
