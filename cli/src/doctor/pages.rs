//! Lists that AWS gives in pages.

/// Lists have a few pages. This ends a list whose last page never comes.
const MOST_PAGES: usize = 50;

/// All items of a list. `ask` takes the token of a page, `None` for the first one, and returns the page's
/// items and the token of the next one.
pub(super) async fn all<T, E>(
    mut ask: impl AsyncFnMut(Option<String>) -> Result<(Vec<T>, Option<String>), E>,
) -> Result<Vec<T>, E> {
    let (mut all, mut token) = (Vec::new(), None);
    for _ in 0..MOST_PAGES {
        let (items, next) = ask(token).await?;
        all.extend(items);
        token = next.filter(|next| !next.is_empty());
        if token.is_none() {
            break;
        }
    }
    Ok(all)
}
