//! Finds the scopes that Okta grants, after it has refused all of them together. Okta refuses a token call
//! that names an unknown scope. By its guides it also refuses one that names a scope that is not granted. It
//! does not say which scope it refuses.

use futures_util::future::join_all;

use super::error::OktaError;

/// The granted scopes of `asked`, and the result of `ask` for them. `ask` must have refused all of `asked`
/// together.
///
/// One wrong scope of nine costs five calls at most; several cost thirteen at most. A refusal of a part
/// ends nothing else; any other error ends the search.
pub(super) async fn granted<T>(
    asked: &[&'static str],
    ask: impl AsyncFn(&[&'static str]) -> Result<T, OktaError>,
) -> Result<(Vec<&'static str>, T), OktaError> {
    let none = || OktaError::InvalidScope { asked: asked.join("`, `") };
    let mut good = Vec::new();
    // Mostly a single scope is wrong. Halving finds it.
    let (mut first, mut end) = (0, asked.len());
    while end - first > 1 {
        let half = &asked[first..first + (end - first) / 2];
        if unless_refused(ask(half).await)?.is_some() {
            good.extend_from_slice(half);
            first += half.len();
        } else {
            end = first + half.len();
        }
    }
    let others: Vec<_> = asked.iter().enumerate().filter(|(at, _)| *at != first).map(|(_, it)| *it).collect();
    if others.is_empty() {
        return Err(none());
    }
    if let Some(found) = unless_refused(ask(&others).await)? {
        return Ok((others, found));
    }
    // Several are wrong.
    let unknown: Vec<_> = others.iter().copied().filter(|scope| !good.contains(scope)).collect();
    let tries = join_all(unknown.iter().map(|scope| ask(std::slice::from_ref(scope)))).await;
    for (scope, tried) in unknown.into_iter().zip(tries) {
        if unless_refused(tried)?.is_some() {
            good.push(scope);
        }
    }
    if good.is_empty() {
        return Err(none());
    }
    let found = ask(&good).await?;
    Ok((good, found))
}

/// `None` for a refusal of the scopes.
fn unless_refused<T>(answer: Result<T, OktaError>) -> Result<Option<T>, OktaError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.refuses_scopes() => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::time::Duration;

    use super::*;

    const ALL: [&str; 9] = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];

    /// The granted scopes and the number of calls, if Okta refuses every call that names one of `wrong`.
    async fn search(asked: &[&'static str], wrong: &str) -> (Option<Vec<&'static str>>, usize) {
        let calls = Cell::new(0);
        let found = granted(asked, async |part| {
            calls.set(calls.get() + 1);
            if part.iter().any(|scope| wrong.contains(scope)) {
                Err(OktaError::InvalidScope { asked: part.join(" ") })
            } else {
                Ok(part.concat())
            }
        });
        let found = match found.await {
            Ok((scopes, answer)) => {
                assert_eq!(scopes.concat(), answer, "the answer is that for the granted scopes");
                Some(scopes)
            }
            Err(error) => {
                assert_eq!(error, OktaError::InvalidScope { asked: asked.join("`, `") });
                None
            }
        };
        (found, calls.get())
    }

    #[tokio::test]
    async fn any_set_of_wrong_scopes_is_found_with_few_calls() {
        for wrong in 1_u32..1 << ALL.len() {
            let is_wrong = |at: usize| wrong & (1 << at) != 0;
            let name =
                |wanted: bool| (0..ALL.len()).filter(move |at| is_wrong(*at) == wanted).map(|at| ALL[at]);
            let (found, calls) = search(&ALL, &name(true).collect::<String>()).await;
            let mut found = found.unwrap_or_default();
            found.sort_unstable();
            assert_eq!(found, name(false).collect::<Vec<_>>(), "{wrong:b}");
            assert!(calls <= if wrong.is_power_of_two() { 5 } else { 13 }, "{wrong:b}: {calls} calls");
        }
        assert_eq!(search(&["a"], "a").await, (None, 0));
        assert_eq!(search(&["a", "b"], "a").await, (Some(vec!["b"]), 2));
    }

    #[tokio::test]
    async fn another_error_ends_the_search() {
        for failing in 1..6 {
            let calls = Cell::new(0);
            let late = OktaError::TimedOut { call: "POST /x".into(), after: Duration::ZERO };
            let found = granted(&ALL, async |part| {
                calls.set(calls.get() + 1);
                if calls.get() == failing {
                    Err(late.clone())
                } else {
                    Err::<(), _>(OktaError::NoScopeGranted { asked: part.join(" ") })
                }
            });
            assert_eq!(found.await.unwrap_err(), late, "{failing}");
        }
    }
}
