//! A partner's claims, all of them, one after the other.

use domain::{Claim, ClaimId};
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use store::{ClaimQuery, Lists, StoreError};

/// How many claims' IDs are read from the index at once.
const PAGE: usize = 1000;
/// How many claims are read at once: as many as one batch of the database takes.
const BATCH: usize = 100;
/// How many batches are under way at once. A batch mostly waits.
const AT_ONCE: usize = 8;

/// The claims of a list in its order, batch by batch. The index is read ahead while batches are under way.
pub(crate) fn of<S: Lists>(
    store: &S,
    query: &ClaimQuery,
) -> impl Stream<Item = Result<Vec<Claim>, StoreError>> {
    let pages = stream::try_unfold(Some(None), move |from| async move {
        let Some(from) = from else { return Ok(None) };
        let page = store.claim_ids(query, PAGE, from.as_ref()).await?;
        Ok::<_, StoreError>(Some((page.items, page.next.map(Some))))
    });
    let batches = pages.map_ok(|ids| stream::iter(batches(&ids)).map(Ok)).try_flatten();
    batches.map(move |ids| async move { store.claims_by_id(&ids?).await }).buffered(AT_ONCE)
}

fn batches(ids: &[ClaimId]) -> Vec<Vec<ClaimId>> {
    ids.chunks(BATCH).map(<[ClaimId]>::to_vec).collect()
}
