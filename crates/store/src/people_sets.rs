//! Sets of people as ascending lists of numbers.

use std::cmp::Ordering;

/// Who is in both.
pub(crate) fn both(one: &[i64], two: &[i64]) -> Vec<i64> {
    let mut out = Vec::with_capacity(one.len().min(two.len()));
    walk(one, two, |no, in_one, in_two| {
        if in_one && in_two {
            out.push(no);
        }
    });
    out
}

/// Who is in one of them.
pub(crate) fn either(one: &[i64], two: &[i64]) -> Vec<i64> {
    let mut out = Vec::with_capacity(one.len().max(two.len()));
    walk(one, two, |no, _, _| out.push(no));
    out
}

/// Who is in the first alone.
pub(crate) fn without(one: &[i64], two: &[i64]) -> Vec<i64> {
    let mut out = Vec::with_capacity(one.len());
    walk(one, two, |no, in_one, in_two| {
        if in_one && !in_two {
            out.push(no);
        }
    });
    out
}

/// Who is in exactly one of them.
pub(crate) fn difference(one: &[i64], two: &[i64]) -> Vec<i64> {
    let mut out = Vec::new();
    walk(one, two, |no, in_one, in_two| {
        if in_one != in_two {
            out.push(no);
        }
    });
    out
}

fn walk(one: &[i64], two: &[i64], mut visit: impl FnMut(i64, bool, bool)) {
    let (mut i, mut j) = (0, 0);
    while i < one.len() || j < two.len() {
        let order = match (one.get(i), two.get(j)) {
            (Some(a), Some(b)) => a.cmp(b),
            (Some(_), None) => Ordering::Less,
            _ => Ordering::Greater,
        };
        match order {
            Ordering::Less => visit(one[i], true, false),
            Ordering::Greater => visit(two[j], false, true),
            Ordering::Equal => visit(one[i], true, true),
        }
        i += usize::from(order != Ordering::Greater);
        j += usize::from(order != Ordering::Less);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets() {
        let (one, two) = (&[1, 3, 5][..], &[3, 4][..]);
        assert_eq!(both(one, two), [3]);
        assert_eq!(either(one, two), [1, 3, 4, 5]);
        assert_eq!(without(one, two), [1, 5]);
        assert_eq!(difference(one, two), [1, 4, 5]);
        assert_eq!(without(one, &[]), one);
        assert!(both(&[], two).is_empty());
    }
}
