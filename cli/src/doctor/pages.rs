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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_list_ends_with_the_page_that_names_no_other() {
        for last in [None, Some(String::new())] {
            let ask = async |token: Option<String>| match token.as_deref() {
                None => Ok::<_, ()>((vec![1, 2], Some("a".to_owned()))),
                Some("a") => Ok((vec![], Some("b".to_owned()))),
                _ => Ok((vec![3], last.clone())),
            };
            assert_eq!(all(ask).await, Ok(vec![1, 2, 3]));
        }
    }

    #[tokio::test]
    async fn a_list_without_an_end_is_given_up_and_a_failure_is_the_answer() {
        let endless = async |_| Ok::<_, ()>((vec![0], Some("again".to_owned())));
        assert_eq!(all(endless).await.map(|items| items.len()), Ok(MOST_PAGES));
        let failing = async |token: Option<String>| match token {
            None => Ok((vec![0], Some("a".to_owned()))),
            Some(_) => Err("denied"),
        };
        assert_eq!(all(failing).await, Err("denied"));
    }
}
