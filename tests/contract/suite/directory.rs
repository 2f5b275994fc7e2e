//! What the vendor knows of partners and tenants is read back as it was put.

use domain::{Catalogue, Partner, Tenant};
use serde_json::json;
use store::Directory;

use crate::bench::{Bench, FABRIKAM, tenant};
use crate::stores::Kind;

async fn who_puts_is_told_whether_it_is_new<K: Kind>() {
    let bench = Bench::<K>::start().await;
    let partner = |name: &str| Partner::parse(&json!({ "name": name, "programs": ["osu_m365"] })).unwrap();
    let id = "1111111".parse().unwrap();
    assert_eq!(bench.store.partner(&id).await.unwrap(), None);
    assert!(bench.store.put_partner(&id, &partner("Before")).await.unwrap());
    assert!(!bench.store.put_partner(&id, &partner("After")).await.unwrap());
    assert_eq!(bench.store.partner(&id).await.unwrap(), Some(partner("After")));
    assert_ne!(bench.store.partner(&FABRIKAM.parse().unwrap()).await.unwrap(), Some(partner("After")));

    let contoso = json!({ "name": "Contoso", "country": "DE", "domains": ["contoso.com"],
        "workloads": [], "subscriptions": [] });
    let contoso = Tenant::parse(&contoso).unwrap();
    assert!(!bench.store.put_tenant(&tenant(), &contoso).await.unwrap());
    assert_eq!(bench.store.tenant(&tenant()).await.unwrap(), Some(contoso));
}

async fn there_is_a_catalogue_once_an_operator_has_put_one<K: Kind>() {
    let bench = Bench::<K>::start().await;
    assert_eq!(bench.store.catalogue().await.unwrap(), None);
    assert!(bench.store.put_catalogue(&Catalogue::standard()).await.unwrap());
    assert!(!bench.store.put_catalogue(&Catalogue::standard()).await.unwrap());
    assert_eq!(bench.store.catalogue().await.unwrap(), Some(Catalogue::standard()));
}

on_every_store!(who_puts_is_told_whether_it_is_new, there_is_a_catalogue_once_an_operator_has_put_one,);
