//! What the program prints when it is ready: where everything is, and a tour to paste into another terminal.

use chrono::{DateTime, TimeDelta, Utc};

/// The text up to and without the last line, `ready`.
#[must_use]
pub fn text(gateway: &str, links: &str, now: DateTime<Utc>) -> String {
    // Proof of execution must be recent, by the stack's clock.
    let signed_on = (now - TimeDelta::days(30)).format("%Y-%m-%d");
    let clock = now.format("%A %-d %B %Y %H:%M UTC");
    format!(
        r##"The local stack is running. Nothing leaves this machine.

gateway {gateway}   the partners' and the vendor's API
links {links}   the customers' links in the mails
inbox {gateway}/_local/inbox   every mail sent, for a browser

The stack's clock stands at {clock}: on a fresh start it is a Saturday, and two weeks
ahead hold five business days, whatever holidays are among them. Move it with POST {gateway}/_local/clock.
Mail to bounce@… bounces, to complaint@… is complained of, to reject@… is refused. What failed: {gateway}/_local/queues

A tour, to paste into another terminal:

# 1. The vendor's operator registers a partner and a customer.
API={gateway}
token() {{ curl -s $API/_local/token -d "$1" | sed 's/.*"access_token":"\([^"]*\)".*/\1/'; }}
OPERATOR=$(token '{{"role": "operator"}}')
curl -sw '\n' -X PUT $API/partners/1234567 -H "Authorization: Bearer $OPERATOR" -H 'Content-Type: application/json' \
  -d '{{"name": "Fabrikam", "programs": ["osu_m365"]}}'
curl -sw '\n' -X PUT $API/tenants/3fa85f64-5717-4562-b3fc-2c963f66afa6 -H "Authorization: Bearer $OPERATOR" -H 'Content-Type: application/json' \
  -d '{{"name": "Contoso", "country": "CZ", "notice_email": null, "domains": ["contoso.com"], "workloads": ["teams", "exchange_online"], "subscriptions": []}}'

# 2. The partner claims, and the customer is told: by a mail whose link lets it decline.
PARTNER=$(token '{{"role": "incentives_admin", "partner_id": "1234567"}}')
CLAIM=$(curl -si $API/claims -H "Authorization: Bearer $PARTNER" -H 'Content-Type: application/json' -H "Idempotency-Key: tour-$(date +%s)" \
  -d '{{"name": "Contoso Teams rollout", "program": "osu_m365", "activity": "usage", "partner_id": "1234567",
       "tenant_id": "3fa85f64-5717-4562-b3fc-2c963f66afa6", "domain": "contoso.com", "scopes": [{{"workload": "teams"}}],
       "customer_contact": {{"name": "Jana Nováková", "title": "IT manager", "email": "jana@contoso.com", "language": "cs", "country": "CZ"}},
       "partner_contact": {{"name": "Petr Svoboda", "email": "petr@fabrikam.example"}},
       "evidence": [{{"kind": "signed_statement", "signed_on": "{signed_on}", "reference": "SOW-118"}}]}}' |
  grep -i '^location:' | sed 's#.*/claims/##' | tr -d '\r')
curl -sw '\n' $API/_local/clock -d '{{"advance": "PT0S"}}'   # returns when everything under way is done
curl -s $API/_local/inbox | grep -o '"subject":"[^"]*"'
# Read it, and open its link, in a browser: {gateway}/_local/inbox

# 3. Nobody objects. Two weeks hold five business days, and more than enough others for holidays: the association is official.
curl -sw '\n' $API/_local/clock -d '{{"advance": "P14D"}}'
curl -sw '\n' $API/claims/$CLAIM -H "Authorization: Bearer $PARTNER"
"##
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tour_names_addresses_as_scripts_look_for_them() {
        let text = text("http://127.0.0.1:9000", "http://127.0.0.1:9001", DateTime::UNIX_EPOCH);
        assert!(text.contains("gateway http://127.0.0.1:9000 "));
        assert!(text.contains("\"signed_on\": \"1969-12-02\""));
    }
}
